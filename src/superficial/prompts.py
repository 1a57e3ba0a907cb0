"""How a question becomes a prompt: plain text for a base model, a chat turn for an aligned one, or after examples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from superficial.reading import read_json

PLAIN_PROMPT = "question : {question} answer :"


@dataclass(frozen=True)
class Context:
    """What in-context prompting (Urial) puts before a question, and the texts that can be put around one.

    `turn` has the fields {question} and {answer}; `examples` are (question, answer); `wrappers` have {question}.
    """

    system: str
    turn: str
    examples: list[tuple[str, str]]
    wrappers: dict[str, str]


def read_context(path: Path) -> Context:
    """Read a context from JSON.

    Raises:
        ValueError: where the file holds something else.
    """
    content = read_json(path)
    try:
        return TypeAdapter(Context).validate_python(content)
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"{path} is no context: {'.'.join(map(str, first['loc']))}: {first['msg']}.") from error


def plain_prompt(tokenizer: Any, question: str) -> list[int]:
    """Return the token ids of a question as a plain text to continue."""
    return list(tokenizer(PLAIN_PROMPT.format(question=question))["input_ids"])


def chat_prompt(tokenizer: Any, question: str) -> list[int]:
    """Return the token ids of a question as a user's turn, up to where the assistant begins."""
    messages = [{"role": "user", "content": question}]
    return list(tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=False))


def urial_prompt(tokenizer: Any, question: str, context: Context) -> list[int]:
    """Return the token ids of a question after a system text and examples, each closed by the end token."""
    turns = [context.turn.format(question=asked, answer=answer) for asked, answer in context.examples]
    turns[0] = f"{context.system} {turns[0]}"
    ids = list(tokenizer(turns[0])["input_ids"])
    for turn in [*turns[1:], context.turn.format(question=question, answer="").rstrip()]:
        ids += [tokenizer.eos_token_id, *tokenizer(turn, add_special_tokens=False)["input_ids"]]
    return ids


FORMATS: dict[str, Callable[[Any, str], list[int]]] = {"plain": plain_prompt, "chat": chat_prompt}


def prompt_ids(tokenizer: Any, question: str, form: str, wrapper: str | None, context: Context) -> list[int]:
    """Return the prompt of a question in a form ("plain", "chat", "urial"), with the text `wrapper` names around it."""
    if wrapper is not None and wrapper not in context.wrappers:
        known = ", ".join(sorted(context.wrappers)) or "none"
        raise ValueError(f"There is no text {wrapper!r} to put around a question; there are: {known}.")
    text = question if wrapper is None else context.wrappers[wrapper].format(question=question)
    return urial_prompt(tokenizer, text, context) if form == "urial" else FORMATS[form](tokenizer, text)
