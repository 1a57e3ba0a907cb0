"""What the command `superficial` and the Invoke tasks of the same names do. Both only parse arguments and print.

Each function checks its arguments before long work starts, and loads torch only when it needs it.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from superficial.files import expanded

# What a report needs beyond the library's core.
_OF_REPORTS = ("pandas", "pyarrow", "scipy", "matplotlib", "jinja2")


@dataclass(frozen=True)
class Answer:
    """What a command found or wrote.

    Attributes:
        text: for a reader.
        content: the same for a program, as JSON can hold it.
        next_commands: what a reader may type next, without the program's name, each with what it does.
    """

    text: str
    content: dict[str, Any]
    next_commands: tuple[tuple[str, str], ...] = ()

    def next_lines(self, program: str) -> list[str]:
        """Return what to type next, one line a command; `program` is `superficial` or `invoke`."""
        return next_lines([(f"{program} {command}", purpose) for command, purpose in self.next_commands])


def next_lines(commands: Sequence[tuple[str, str]]) -> list[str]:
    """Return lines that say what to type next, given each command with what it does."""
    width = max((len(command) for command, _ in commands), default=0)
    return [f"next: {command:<{width}}  # {purpose}" for command, purpose in commands]


def extract(
    base: str,
    aligned: str,
    prompts: str,
    out: str,
    k: int = 0,
    rank: int = 0,
    epochs: int = 0,
    max_new_tokens: int = 128,
    seed: int = 0,
    licence: str = "",
) -> Answer:
    """Extract a head from a base and an aligned model, and save it with a card.

    Args:
        base: the base model: the folder of a checkpoint, or the id of a model on the hub.
        aligned: the aligned model, likewise.
        prompts: a file of prompts, see `read_prompts`.
        out: a new folder for the head.
        k: how many of the base's largest logits a black-box head reads; 0: a residual head.
        rank: the rank of a residual head; 0: full rank.
        epochs: how long a black-box head is trained; 0: the default.
        max_new_tokens: the longest response, in tokens.
        seed: of the validation split and of the training order.
        licence: the licence that the card names; empty: that of the two models.

    Raises:
        ValueError: if an argument is not allowed, a file cannot be read, or the two models are not a pair.
    """
    _check_minimum("k", k, 0)
    _check_minimum("rank", rank, 0)
    _check_minimum("epochs", epochs, 0)
    _check_minimum("max-new-tokens", max_new_tokens, 1)
    if k and rank:
        raise ValueError(f"k is {k} and rank is {rank}; only a residual head, without k, has a rank.")
    if epochs and not k:
        raise ValueError(f"epochs is {epochs}; only a black-box head, with k, is trained in epochs.")
    from superficial.distillation.heads import DEFAULT_BLACK_BOX_SETTINGS, DEFAULT_RESIDUAL_SETTINGS
    from superficial.extraction import extract_from_checkpoints

    settings = (
        DEFAULT_BLACK_BOX_SETTINGS.with_changes(**({"epochs": epochs} if epochs else {}))
        if k
        else DEFAULT_RESIDUAL_SETTINGS.with_changes(rank=rank or None)
    )
    extract_from_checkpoints(
        base,
        aligned,
        expanded(prompts),
        expanded(out),
        k=k or None,
        settings=settings,
        seed=seed,
        max_new_tokens=max_new_tokens,
        licence=licence or None,
    )
    saved = inspect(out)
    merge = (_command("apply", base=base, head=out, out="MERGED"), "merge it into the base, as an ordinary checkpoint")
    look = (_command("inspect", out), "read this again")
    return Answer(saved.text, saved.content, (look,) if k else (merge, look))


def inspect(head: str) -> Answer:
    """Return what a head is and what it changes: tokens, KL by position, energy by rank.

    Raises:
        ValueError: if the folder is not a head with an inspection.
    """
    from superficial.heads.files import read_card, read_inspection
    from superficial.reporting.heads import head_text

    card, inspection = read_card(expanded(head)), read_inspection(expanded(head))
    content = {"head": head, "card": card, "inspection": inspection.model_dump()}
    return Answer(head_text(card, inspection), content, ((_command("compare", head, "OTHER"), "compare two heads"),))


def apply(base: str, head: str, out: str, alpha: str = "", lora: int = 0) -> Answer:
    """Merge a residual head into its base model, and save the result as a checkpoint or as a LoRA adapter.

    Args:
        base: the base model: the folder of a checkpoint, or the id of a model on the hub.
        head: the folder of a residual head.
        out: a new folder.
        alpha: the strength, a number; empty: that of the saved head.
        lora: the rank of an adapter; 0: write a checkpoint.

    Raises:
        ValueError: if an argument is not allowed, or the head was made for a different model.
    """
    strength = _number("alpha", alpha) if alpha else None
    _check_minimum("lora", lora, 0)
    from superficial.heads.export import export_checkpoint, export_lora

    if lora:
        export_lora(base, expanded(head), expanded(out), lora, strength)
    else:
        export_checkpoint(base, expanded(head), expanded(out), strength)
    kind = "LoRA adapter" if lora else "checkpoint"
    return Answer(out, {"out": out, "kind": kind}, ((_command("inspect", head), f"see what the {kind} changes"),))


def compare(first: str, second: str) -> Answer:
    """Compare two heads of one kind and size: their norms, cosine, input directions, and the tokens that they raise.

    Raises:
        ValueError: if a folder is not a head, or kind or size differ.
    """
    from superficial.heads.comparison import compare_heads
    from superficial.heads.loading import load_head
    from superficial.reporting.heads import comparison_text

    comparison = compare_heads(load_head(expanded(first)), load_head(expanded(second)))
    content = {"first": first, "second": second, **asdict(comparison)}
    return Answer(comparison_text(comparison), content, ((_command("inspect", first), "look at one of them"),))


def report(
    base: str, aligned: str, prompts: str, out: str, head: str = "", max_new_tokens: int = 64, seed: int = 0
) -> Answer:
    """Write a page on how much of an alignment is in the output head, measured on held-out prompts.

    A report that was interrupted continues where it was, if it is started again with the same arguments.

    Args:
        base: the base model: the folder of a checkpoint, or the id of a model on the hub.
        aligned: the aligned model, likewise.
        prompts: a file of prompts, see `read_prompts`.
        out: a new folder.
        head: the folder of a saved head; empty: one is learned from four fifths of the prompts.
        max_new_tokens: the longest response, in tokens.
        seed: draws the held-out prompts, and the head's validation prompts.

    Raises:
        ValueError: if an argument is not allowed, a file cannot be read, or the two models are not a pair.
    """
    _check_minimum("max-new-tokens", max_new_tokens, 1)
    if missing := [name for name in _OF_REPORTS if find_spec(name) is None]:
        raise ValueError(
            f"A report needs {' and '.join(missing)}, which the extra `report` brings: "
            "pip install 'superficial[report]', in a clone pip install '.[report]'."
        )
    from superficial.pair_report.report import report_on_pair

    made = report_on_pair(
        base,
        aligned,
        expanded(prompts),
        expanded(out),
        expanded(head) if head else None,
        max_new_tokens,
        seed,
    )
    used = head or str(Path(out) / "head")
    merge = (_command("apply", base=base, head=used, out="MERGED"), "merge the head into the base")
    look = (_command("inspect", used), "see what the head changes")
    next_commands = (merge, look) if made.numbers["kind"] == "residual" else (look,)
    return Answer(_report_text(made.page, made.numbers), {"page": str(made.page), **made.numbers}, next_commands)


def _report_text(page: Path, numbers: dict[str, Any]) -> str:
    def share(estimate: dict[str, Any]) -> str:
        if estimate["value"] is None:
            return f"unknown: {estimate['missing']}"
        ends = "" if estimate["low"] is None else f" [{estimate['low']:.1%}, {estimate['high']:.1%}]"
        return f"{estimate['value']:.1%}{ends}"

    kl, shift = numbers["kl"], numbers["shift"]
    lines = [
        f"{numbers['aligned']} on {numbers['base']}: {numbers['positions']} positions of {numbers['prompts']} held-out "
        "prompts",
        f"share of the KL that the head removes: {share(kl['fall'])}; in the first ten positions: "
        f"{share(kl['first_fall'])}",
        f"mean KL: {kl['base_all']['value']:.4f} nats without, {kl['superficial_all']['value']:.4f} with the head",
        f"top tokens that are the aligned model's: {share(numbers['agreement']['base'])} without, "
        f"{share(numbers['agreement']['superficial'])} with the head",
        "positions by rank of the aligned model's top token, without and with the head: "
        + ", ".join(f"{name} {of['base']:.1%} and {of['superficial']:.1%}" for name, of in shift.items()),
        f"page: {page}",
    ]
    return "\n".join(lines)


def depth(
    base: str,
    aligned: str,
    prompts: str,
    out: str = "depth",
    points: int = 8,
    max_new_tokens: int = 128,
    seed: int = 0,
) -> Answer:
    """Draw the depth curve of two models: how far a student is from the aligned one, by the blocks it has from it.

    Args:
        base: the base model: the folder of a checkpoint, or the id of a model on the hub.
        aligned: the aligned model, likewise, of the same architecture and size.
        prompts: a file of prompts, see `read_prompts`.
        out: a new folder for the numbers and the figure.
        points: into how many steps the blocks are divided.
        max_new_tokens: the longest response, in tokens.
        seed: of the split of the prompts.

    Raises:
        ValueError: if an argument is not allowed, a file cannot be read, or the two models are unlike.
    """
    _check_minimum("points", points, 1)
    _check_minimum("max-new-tokens", max_new_tokens, 1)
    from superficial.depth.study import depth_from_checkpoints

    table = depth_from_checkpoints(base, aligned, expanded(prompts), expanded(out), points, seed, max_new_tokens)
    shown = table[["point", "kl_first_value", "kl_later_value", "agreement_value"]]
    shown = shown.set_axis(["point", "KL, first ten", "KL, later", "agreement"], axis=1)
    text = f"{shown.to_string(index=False, float_format='{:.3f}'.format)}\n{out}/depth.png"
    head = _command("extract", base=base, aligned=aligned, prompts=prompts, out="HEAD")
    return Answer(text, {"out": out, "points": table.to_dict("records")}, ((head, "extract the head alone, top 0"),))


def _command(name: str, *arguments: str, **options: str) -> str:
    """Return a command line that a shell reads as these arguments, whatever characters they have."""
    words = [name, *arguments, *(word for option, value in options.items() for word in (f"--{option}", value))]
    return shlex.join(words)


def _check_minimum(name: str, value: int, minimum: int) -> None:
    if value < minimum:
        raise ValueError(f"{name} is {value}; it must be at least {minimum}.")


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise ValueError(f"{name} is {text!r}; it must be a number.") from error
