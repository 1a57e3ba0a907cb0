"""Tasks that make, use and look at heads."""

from dataclasses import replace
from pathlib import Path

from invoke import Context, task

from repro.cli.common import one_sentence

MODEL = "a checkpoint's folder, or the id of a model of the hub"


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise ValueError(f"{name} is {text!r}; it must be a number.") from error


@task(
    help={
        "base": f"the base model: {MODEL}",
        "aligned": "the aligned model, likewise; both share one vocabulary",
        "prompts": "a file of prompts: one a line, or .jsonl with a field `prompt`",
        "out": "the head's new folder",
        "k": "black-box knowledge that reads so many logits (default: a residual head)",
        "rank": "the rank of the residual head (default: any)",
        "epochs": "the longest training; the epoch with the lowest validation KL is kept",
        "max_new_tokens": "the longest response",
        "seed": "draws the validation prompts and the order of training",
        "licence": "what the card says (default: that of the two models)",
    }
)
def extract(
    c: Context,
    base: str,
    aligned: str,
    prompts: str,
    out: str,
    k: int = 0,
    rank: int = 0,
    epochs: int = 20,
    max_new_tokens: int = 128,
    seed: int = 0,
    licence: str = "",
) -> None:
    """Extract the superficial knowledge of a pair of models as a head: safetensors and a card."""
    with one_sentence():
        least = {"k": 0, "rank": 0, "epochs": 1, "max-new-tokens": 1}
        for (name, low), value in zip(least.items(), (k, rank, epochs, max_new_tokens), strict=True):
            if value < low:
                raise ValueError(f"{name} is {value}; it must be at least {low}.")
        if k and rank:
            raise ValueError(f"k is {k} and rank is {rank}; only a residual head, without k, has a rank.")
        from superficial.heads.checkpoint import extract_head
        from superficial.heads.extraction import LOGIT, RESIDUAL
        from superficial.reporting.heads import head_text

        settings = replace(LOGIT if k else RESIDUAL, epochs=epochs, rank=rank or None, seed=seed)
        files = Path(prompts), Path(out)
        head = extract_head(base, aligned, *files, k or None, settings, max_new_tokens, licence or None)
        print(head_text(head.card, head.inspection))


@task(
    help={
        "base": f"the base model: {MODEL}",
        "head": "a saved residual head",
        "out": "the new folder",
        "alpha": "the strength (default: the head's own)",
        "lora": "write a LoRA adapter of this rank instead of a checkpoint",
    }
)
def apply(c: Context, base: str, head: str, out: str, alpha: str = "", lora: int = 0) -> None:
    """Merge a head into its base: a checkpoint, or a LoRA adapter, that any runtime serves."""
    with one_sentence():
        from superficial.heads.checkpoint import apply_head

        apply_head(base, Path(head), Path(out), _number("alpha", alpha) if alpha else None, lora or None)
        print(out)


@task(help={"head": "a saved head"})
def inspect(c: Context, head: str) -> None:
    """Say what a head is and what it changes: tokens, KL by position, energy by rank."""
    from superficial.heads.files import read_card, read_inspection
    from superficial.reporting.heads import head_text

    with one_sentence():
        print(head_text(read_card(Path(head)), read_inspection(Path(head))))


@task(help={"one": "a saved head", "other": "another of the same kind and size"})
def compare(c: Context, one: str, other: str) -> None:
    """Say how two heads differ: norms, cosine, the directions they read, the tokens they raise."""
    with one_sentence():
        from superficial.heads.head import load_head
        from superficial.heads.inspection import compare_heads
        from superficial.reporting.heads import comparison_text

        print(comparison_text(compare_heads(load_head(Path(one)), load_head(Path(other)))))
