"""The depth curve of any two causal language models of one architecture and any prompts, drawn as a figure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from superficial.config.distillation import DistillationSettings
from superficial.depth.curve import DepthPair, Point, points, reread, student_logits
from superficial.distillation.heads import DEFAULT_RESIDUAL_SETTINGS, train_residual_head
from superficial.files import atomic_folder
from superficial.heads.files import refuse_existing
from superficial.models.batches import DEFAULT_BATCH
from superficial.models.checks import check_linear_head, check_same_vocabulary
from superficial.models.end_tokens import end_tokens_of
from superficial.models.hub import checkpoint_folder
from superficial.models.loading import load_model, load_tokenizer
from superficial.pair_prompts import pair_prompts
from superficial.progress import progress
from superficial.prompt_files import read_prompts
from superficial.traces.output_head import Pair
from superficial.traces.positions import measure_positions
from superficial.traces.splits import split_by_prompt
from superficial.traces.trace import Trace
from superficial.traces.tracing import trace_prompts

if TYPE_CHECKING:
    import pandas as pd
    from transformers import PreTrainedModel

# Of the prompts: what only measures, and of the others, what only validates.
TEST_SHARE, VALIDATION_SHARE = 0.2, 0.1
# A prompt each to train, to validate and to measure.
_FEWEST_PROMPTS = 3
_PACKAGES = ("pandas", "scipy", "matplotlib")
_COLUMNS = ("prompt", "position", "kl_superficial", "target", "student")


def measure_depth(
    base: PreTrainedModel,
    aligned: PreTrainedModel,
    tokenizer: Any,
    prompts: Sequence[str],
    aligned_tokenizer: Any | None = None,
    count: int = 8,
    settings: DistillationSettings = DEFAULT_RESIDUAL_SETTINGS,
    seed: int = 0,
    max_new_tokens: int = 128,
    advance: Callable[[int], None] = lambda _: None,
) -> pd.DataFrame:
    """Measure how far the student is from the aligned model, by how many blocks its base has from it.

    Grafts read each prompt as the base does: as plain text. Where the aligned model reads a turn of a chat, the last
    point, everything, therefore shows what the form of the prompt alone does.

    Args:
        base: the base model.
        aligned: the aligned model.
        tokenizer: the base's tokenizer.
        prompts: at least three different texts; a fifth of them, drawn by the seed, only measures.
        aligned_tokenizer: the aligned model's tokenizer, if its chat template or end token differs.
        count: into how many steps the blocks are divided.
        settings: how heads are trained.
        seed: of the split of the prompts, and of the positions that training draws.
        max_new_tokens: the longest response, in tokens.
        advance: called with 1 after each point.

    Returns:
        one row a point and response position: point, prompt, position, kl_superficial in nats, and whether student and
        aligned model agree on the token.

    Raises:
        ValueError: if the models are unlike, or a prompt cannot be read.
    """
    import pandas as pd

    aligned_tokenizer = aligned_tokenizer or tokenizer
    check_same_vocabulary(tokenizer, aligned_tokenizer)
    for model in (base, aligned):
        check_linear_head(model)
    end_tokens = end_tokens_of(aligned, aligned_tokenizer)
    read = pair_prompts(tokenizer, aligned_tokenizer, prompts, end_tokens)
    _check_enough(read.texts)
    models = DepthPair.of(base, aligned, same_prompts=read.base == read.aligned)
    pair = Pair.of(base, aligned).to(base.get_output_embeddings().weight.device)
    traced = trace_prompts(base, aligned, read.base, read.aligned, end_tokens, max_new_tokens, DEFAULT_BATCH)
    learned, test = split_by_prompt(Trace.concatenate(list(traced)), TEST_SHARE, seed)
    train, validation = split_by_prompt(learned, VALIDATION_SHARE, seed)
    tables = []
    for point in chosen_points(models.parts.count, count):
        seen = [reread(models, point, read.base, trace, DEFAULT_BATCH) for trace in (train, validation, test)]
        head = train_residual_head(pair, seen[0], seen[1], settings, [seed]) if point.has_fresh_head else None
        columns = measure_positions(pair, student_logits(pair, head), seen[2])
        table = pd.DataFrame({name: columns[name].numpy() for name in _COLUMNS})
        agrees = table.pop("target") == table.pop("student")
        tables.append(table.assign(agrees=agrees, point=point.name))
        advance(1)
    return pd.concat(tables, ignore_index=True)


def chosen_points(blocks: int, count: int) -> list[Point]:
    """Return the points from the top with 0 to all blocks in `count` steps, and those beyond the blocks."""
    return points("top", blocks, {round(step * blocks / count) for step in range(count + 1)})


def depth_from_checkpoints(
    base: str, aligned: str, prompts: Path, out: Path, count: int, seed: int, max_new_tokens: int
) -> pd.DataFrame:
    """Measure the depth of two saved models, see `measure_depth`; write its numbers and the figure of them.

    Args:
        base: a checkpoint's folder, or the id of a model of the hub.
        aligned: the aligned model, likewise.
        prompts: a file of prompts, see `read_prompts`.
        out: a new folder for depth.csv, depth.png and depth.pdf.
        count: into how many steps the blocks are divided.
        seed: of the split of the prompts.
        max_new_tokens: the longest response, in tokens.

    Returns:
        one row a point, as in depth.csv.

    Raises:
        ValueError: if `out` exists, a package is missing, a file cannot be read, or the models are unlike.
    """
    refuse_existing(out)
    if missing := [name for name in _PACKAGES if find_spec(name) is None]:
        raise ValueError(f"The curve needs {missing[0]}, which is not installed: pip install superficial[report]")
    from superficial.reporting.figures.pair_depth import draw, summarize

    texts = read_prompts(prompts)
    folders = [checkpoint_folder(model) for model in (base, aligned)]
    tokenizers = load_tokenizer(folders[0]), load_tokenizer(folders[1])
    check_same_vocabulary(*tokenizers)
    _check_enough(pair_prompts(*tokenizers, texts).texts)
    (base_model, tokenizer), (aligned_model, aligned_tokenizer) = map(load_model, folders)
    with progress("measuring the depth", count + 3) as advance:
        positions = measure_depth(
            base_model,
            aligned_model,
            tokenizer,
            texts,
            aligned_tokenizer,
            count,
            seed=seed,
            max_new_tokens=max_new_tokens,
            advance=advance,
        )
    table = summarize(positions)
    with atomic_folder(out) as folder:
        table.to_csv(folder / "depth.csv", index=False, float_format="%.6f")
        figure = draw(table)
        for form in ("png", "pdf"):
            figure.savefig(folder / f"depth.{form}")
    return table


def _check_enough(texts: Sequence[str]) -> None:
    if len(texts) < _FEWEST_PROMPTS:
        raise ValueError(f"There are {len(texts)} different prompts; a depth curve needs at least {_FEWEST_PROMPTS}.")
