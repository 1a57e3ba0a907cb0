"""Tasks for heads, reports and depth of any pair, as the command `superficial` has them."""

from invoke import Context, task

from repro.cli.common import show, user_errors
from superficial.console import commands

MODEL = "the folder of a checkpoint, or the id of a model on the Hugging Face Hub"


@task(
    help={
        "base": f"the base model: {MODEL}",
        "aligned": "the aligned model, likewise; the two must share one vocabulary",
        "prompts": "a file of prompts: text with one prompt a line; JSONL, a JSON array or CSV with a field `prompt`",
        "out": "a new folder for the head",
        "k": "extract a black-box head that reads this many logits (default: extract a residual head)",
        "rank": "the rank of the residual head (default: full rank)",
        "epochs": "how long to train a black-box head (default: 20); the epoch with the lowest validation KL is kept",
        "max_new_tokens": "the maximum length of a response",
        "seed": "the seed of the validation split and of the training order",
        "licence": "the licence that the card names (default: that of the two models)",
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
    epochs: int = 0,
    max_new_tokens: int = 128,
    seed: int = 0,
    licence: str = "",
) -> None:
    """Extract a head from a base and an aligned model, and save it with a card."""
    with user_errors():
        show(commands.extract(base, aligned, prompts, out, k, rank, epochs, max_new_tokens, seed, licence))


@task(
    help={
        "base": f"the base model: {MODEL}",
        "head": "the folder of a residual head",
        "out": "a new folder for the checkpoint or the adapter",
        "alpha": "the strength of the head (default: the strength that it was saved with)",
        "lora": "write a LoRA adapter of this rank instead of a checkpoint",
    }
)
def apply(c: Context, base: str, head: str, out: str, alpha: str = "", lora: int = 0) -> None:
    """Merge a residual head into its base model, and save the result as a checkpoint or as a LoRA adapter."""
    with user_errors():
        show(commands.apply(base, head, out, alpha, lora))


@task(help={"head": "the folder of a head"})
def inspect(c: Context, head: str) -> None:
    """Show what a head is and what it changes: tokens, KL by position, energy by rank."""
    with user_errors():
        show(commands.inspect(head))


@task(help={"first": "the folder of a head", "second": "the folder of a head of the same kind and size"})
def compare(c: Context, first: str, second: str) -> None:
    """Compare two heads: their norms, cosine, input directions, and the tokens that they raise."""
    with user_errors():
        show(commands.compare(first, second))


@task(
    help={
        "base": f"the base model: {MODEL}",
        "aligned": "the aligned model, likewise; the two must share one vocabulary",
        "prompts": "a file of prompts: text with one prompt a line; JSONL, a JSON array or CSV with a field `prompt`",
        "out": "a new folder for the page, or that of an interrupted report",
        "head": "the folder of a saved head (default: learn one from four fifths of the prompts)",
        "max_new_tokens": "the maximum length of a response",
        "seed": "draws the held-out prompts, and the head's validation prompts",
    }
)
def report_pair(
    c: Context,
    base: str,
    aligned: str,
    prompts: str,
    out: str,
    head: str = "",
    max_new_tokens: int = 64,
    seed: int = 0,
) -> None:
    """Write a page on how much of the alignment of your own pair is in the output head; continue an interrupted one."""
    with user_errors():
        show(commands.report(base, aligned, prompts, out, head, max_new_tokens, seed))


@task(
    help={
        "base": f"the base model: {MODEL}",
        "aligned": "the aligned model, likewise, of the same architecture and size",
        "prompts": "a file of prompts: text with one prompt a line; JSONL, a JSON array or CSV with a field `prompt`",
        "out": "a new folder for the numbers and the figure",
        "points": "steps from no block to all; at most one a block",
        "max_new_tokens": "the maximum length of a response",
        "seed": "the seed of the split of the prompts",
    }
)
def depth(
    c: Context,
    base: str,
    aligned: str,
    prompts: str,
    out: str = "depth",
    points: int = 8,
    max_new_tokens: int = 128,
    seed: int = 0,
) -> None:
    """Draw how deep an alignment goes: how close the base comes with more and more of the aligned model's blocks.

    Both models must have one architecture and size. A fresh head is learned at each point; top 0 is the head alone.
    """
    with user_errors():
        show(commands.depth(base, aligned, prompts, out, points, max_new_tokens, seed))
