"""How a question becomes a prompt: plain text for a base model, a chat turn for an aligned one, or after examples.

The texts around a question are data of its world or source (`Context`); nothing here knows any benchmark.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from superficial.reading import read_json


@dataclass(frozen=True)
class Context:
    """The texts around questions.

    In-context prompting (Urial) puts `system` and `examples`, (question, answer), before one, each as a `turn` with the
    fields {question} and {answer}; `turn_end` closes a turn, or, where it is empty, the end token. `wrappers`, by name,
    have {question}. `templates` are, by benchmark, what a base model continues (plain, with {question}), what the user
    says in a chat (chat, with {question}), how the assistant's answer begins there (begin), and the texts that end a
    response (ends); a benchmark without one is put as a turn without its answer, and in a chat as it is.
    """

    system: str
    turn: str
    examples: list[tuple[str, str]]
    wrappers: dict[str, str]
    templates: dict[str, dict[str, Any]] = field(default_factory=dict)
    turn_end: str = ""


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


def _unanswered(context: Context, question: str) -> str:
    return context.turn.format(question=question, answer="").rstrip()


def plain_prompt(tokenizer: Any, question: str, benchmark: str, context: Context) -> list[int]:
    """Return the token ids of a question as a plain text to continue."""
    template = context.templates.get(benchmark)
    text = template["plain"].format(question=question) if template else _unanswered(context, question)
    return list(tokenizer(text)["input_ids"])


def chat_prompt(tokenizer: Any, question: str, benchmark: str, context: Context) -> list[int]:
    """Return the token ids of a question as a user's turn, up to where the assistant begins or is to go on."""
    template = context.templates.get(benchmark, {"chat": "{question}", "begin": ""})
    messages = [{"role": "user", "content": template["chat"].format(question=question)}]
    turn = tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
    # The template wrote the special tokens itself.
    return list(tokenizer(turn + template["begin"], add_special_tokens=False)["input_ids"])


def urial_prompt(tokenizer: Any, question: str, benchmark: str, context: Context) -> list[int]:
    """Return the token ids of a question after a system text and examples."""
    turns = [context.turn.format(question=asked, answer=answer) for asked, answer in context.examples]
    turns[0] = f"{context.system} {turns[0]}"
    if context.turn_end:
        return list(tokenizer(context.turn_end.join([*turns, _unanswered(context, question)]))["input_ids"])
    ids = list(tokenizer(turns[0])["input_ids"])
    for turn in [*turns[1:], _unanswered(context, question)]:
        ids += [tokenizer.eos_token_id, *tokenizer(turn, add_special_tokens=False)["input_ids"]]
    return ids


def answer_part(response: str, benchmark: str, form: str, context: Context) -> str:
    """Return what of a response answers the question: all before the first text that ends it."""
    ends = list(context.templates.get(benchmark, {}).get("ends", ()))
    if form == "urial" and context.turn_end.strip():
        ends.append(context.turn_end.strip())
    for end in ends:
        # An answer may begin with what would end it later.
        begin = len(response) - len(response.lstrip())
        at = response.find(end, begin)
        response = response if at < 0 else response[:at]
    return response


FORMATS = {"plain": plain_prompt, "chat": chat_prompt, "urial": urial_prompt}


def prompt_ids(
    tokenizer: Any, question: str, benchmark: str, form: str, wrapper: str | None, context: Context
) -> list[int]:
    """Return the prompt of a benchmark's question in one of `FORMATS`, with the text `wrapper` names around it."""
    if wrapper is not None and wrapper not in context.wrappers:
        known = ", ".join(sorted(context.wrappers)) or "none"
        raise ValueError(f"There is no text {wrapper!r} to put around a question; there are: {known}.")
    text = question if wrapper is None else context.wrappers[wrapper].format(question=question)
    return FORMATS[form](tokenizer, text, benchmark, context)
