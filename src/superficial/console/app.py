"""The command `superficial`: parses arguments, calls `commands`, prints the answer.

With `--json` a command prints one JSON object and nothing else to standard output. What to type next, progress, notes
and errors go to standard error. A wrong argument ends with exit status 2.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from superficial import __version__
from superficial.console import commands
from superficial.console.commands import Answer
from superficial.errors import notes_as_lines, sentence_for_user

_MODEL = "the folder of a checkpoint, or the id of a model on the Hugging Face Hub"
_PROMPTS = "a file of prompts: text with one prompt a line; JSONL, a JSON array or CSV with a field `prompt`"

Base = Annotated[str, typer.Option(help=f"the base model: {_MODEL}")]
Aligned = Annotated[str, typer.Option(help="the aligned model, likewise; the two must share one vocabulary")]
Prompts = Annotated[str, typer.Option(help=_PROMPTS)]
MaxNewTokens = Annotated[int, typer.Option(help="the maximum length of a response")]
Seed = Annotated[int, typer.Option(help="the seed of the validation split and of the training order")]
AsJson = Annotated[bool, typer.Option("--json", help="print one JSON object, for programs")]

app = typer.Typer(
    name="superficial",
    help="Extract, inspect, apply, compare and report on the superficial knowledge in an alignment.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command line."""
    app()


@app.callback(invoke_without_command=True)
def version(
    show: Annotated[bool, typer.Option("--version", help="print the version and exit", is_eager=True)] = False,
) -> None:
    if show:
        print(__version__)
        raise typer.Exit


@app.command()
def extract(
    base: Base,
    aligned: Aligned,
    prompts: Prompts,
    out: Annotated[str, typer.Option(help="a new folder for the head")],
    k: Annotated[int, typer.Option(help="the logits that a black-box head reads; 0: a residual head")] = 0,
    rank: Annotated[int, typer.Option(help="the rank of the residual head; 0: full rank")] = 0,
    epochs: Annotated[int, typer.Option(help="how long to train a black-box head; 0: 20 epochs")] = 0,
    max_new_tokens: MaxNewTokens = 128,
    seed: Seed = 0,
    licence: Annotated[str, typer.Option(help="the licence that the card names; empty: that of the two models")] = "",
    as_json: AsJson = False,
) -> None:
    """Extract a head from a base and an aligned model, and save it with a card."""
    with _printed_errors():
        _show(
            commands.extract(base, aligned, prompts, out, k, rank, epochs, max_new_tokens, seed, licence),
            as_json,
        )


@app.command()
def inspect(head: Annotated[str, typer.Argument(help="the folder of a head")], as_json: AsJson = False) -> None:
    """Show what a head is and what it changes: tokens, KL by position, energy by rank."""
    with _printed_errors():
        _show(commands.inspect(head), as_json)


@app.command()
def apply(
    base: Base,
    head: Annotated[str, typer.Option(help="the folder of a residual head")],
    out: Annotated[str, typer.Option(help="a new folder for the checkpoint or the adapter")],
    alpha: Annotated[str, typer.Option(help="the strength of the head; empty: as it was saved")] = "",
    lora: Annotated[int, typer.Option(help="write a LoRA adapter of this rank; 0: a checkpoint")] = 0,
    as_json: AsJson = False,
) -> None:
    """Merge a residual head into its base model, and save the result as a checkpoint or as a LoRA adapter."""
    with _printed_errors():
        _show(commands.apply(base, head, out, alpha, lora), as_json)


@app.command()
def compare(
    first: Annotated[str, typer.Argument(help="the folder of a head")],
    second: Annotated[str, typer.Argument(help="the folder of a head of the same kind and size")],
    as_json: AsJson = False,
) -> None:
    """Compare two heads: their norms, cosine, input directions, and the tokens that they raise."""
    with _printed_errors():
        _show(commands.compare(first, second), as_json)


@app.command()
def report(
    base: Base,
    aligned: Aligned,
    prompts: Prompts,
    out: Annotated[str, typer.Option(help="a new folder for the page, or that of an interrupted report")],
    head: Annotated[str, typer.Option(help="the folder of a saved head; empty: learn one from these prompts")] = "",
    max_new_tokens: MaxNewTokens = 64,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Write a page on how much of an alignment is in the output head, measured on held-out prompts.

    A report that was interrupted continues where it was, if it is started again with the same arguments.
    """
    with _printed_errors():
        _show(commands.report(base, aligned, prompts, out, head, max_new_tokens, seed), as_json)


@app.command()
def depth(
    base: Base,
    aligned: Aligned,
    prompts: Prompts,
    out: Annotated[str, typer.Option(help="a new folder for the numbers and the figure")] = "depth",
    points: Annotated[int, typer.Option(help="steps from no block to all; at most one a block")] = 8,
    max_new_tokens: MaxNewTokens = 128,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Draw how deep an alignment goes: how close the base comes with more and more of the aligned model's blocks.

    Both models must have one architecture and size. A fresh head is learned at each point; top 0 is the head alone.
    """
    with _printed_errors():
        _show(commands.depth(base, aligned, prompts, out, points, max_new_tokens, seed), as_json)


@contextmanager
def _printed_errors() -> Iterator[None]:
    """Report a user's error as one sentence and exit status 2, without a traceback, and a note as one line."""
    try:
        with notes_as_lines():
            yield
    except (OSError, ValueError) as error:
        print(sentence_for_user(error), file=sys.stderr)
        raise typer.Exit(2) from error


def _show(answer: Answer, as_json: bool) -> None:
    if as_json:
        print(json.dumps(answer.content, ensure_ascii=False))
        return
    print(answer.text)
    for line in answer.next_lines("superficial"):
        print(line, file=sys.stderr)
