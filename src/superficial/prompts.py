"""How a question becomes a prompt: as plain text, as a turn of a chat, or after in-context examples.

The texts around a question are data of its lab world or source (`Context`). This module knows no benchmark.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from superficial.config.questions import Context, Template
from superficial.config.types import PromptFormat
from superficial.reading import read_json


def read_context(path: Path) -> Context:
    """Read a context from a JSON file.

    Raises:
        ValueError: if the file is not a context.
    """
    content = read_json(path)
    try:
        return Context.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"{path} is not a context: {'.'.join(map(str, first['loc']))}: {first['msg']}.") from error


@dataclass(frozen=True)
class Prompting:
    """How the prompts of a model are made from questions.

    Attributes:
        context: the texts around a question.
        prompt_format: `plain` (text for a base model to continue), `chat` (a user's turn in the model's own chat
            format) or `urial` (after a system text and examples).
        wrapper: which of the context's wrappers is put around each question; None: the question stays as it is.

    Raises:
        ValueError: if the context has no such wrapper.
    """

    context: Context
    prompt_format: PromptFormat
    wrapper: str | None = None

    def __post_init__(self) -> None:
        """Check that the wrapper exists."""
        if self.wrapper is not None and self.wrapper not in self.context.wrappers:
            known = ", ".join(sorted(self.context.wrappers)) or "none"
            raise ValueError(f"There is no wrapper {self.wrapper!r}; the wrappers are: {known}.")

    def token_ids(self, tokenizer: Any, question: str, benchmark: str | None = None) -> list[int]:
        """Return the token ids of the prompt of a question; its benchmark may have a template of its own."""
        if self.wrapper is not None:
            question = self.context.wrappers[self.wrapper].format(question=question)
        template = self.context.templates.get(benchmark) if benchmark else None
        return _PROMPT_FORMATS[self.prompt_format](tokenizer, question, template, self.context)

    def prompts(self, tokenizer: Any, questions: pd.DataFrame) -> list[list[int]]:
        """Return the token ids of the prompts of a table of questions (columns prompt and benchmark)."""
        return [self.token_ids(tokenizer, row.prompt, row.benchmark) for row in questions.itertuples()]  # type: ignore[arg-type]

    def answer_part(self, response: str, benchmark: str) -> str:
        """Return the part of a response that answers the question: everything before the first text that ends it."""
        template = self.context.templates.get(benchmark)
        end_texts = list(template.end_texts) if template else []
        if self.prompt_format == "urial" and self.context.turn_end.strip():
            end_texts.append(self.context.turn_end.strip())
        for end_text in end_texts:
            # White space at the start may itself be such a text; it does not end the answer.
            start = len(response) - len(response.lstrip())
            position = response.find(end_text, start)
            response = response if position < 0 else response[:position]
        return response


def _unanswered_turn(context: Context, question: str) -> str:
    return context.turn.format(question=question, answer="").rstrip()


def _plain(tokenizer: Any, question: str, template: Template | None, context: Context) -> list[int]:
    text = template.plain.format(question=question) if template else _unanswered_turn(context, question)
    return list(tokenizer(text)["input_ids"])


def _chat(tokenizer: Any, question: str, template: Template | None, context: Context) -> list[int]:
    text = template.chat.format(question=question) if template else question
    messages = [{"role": "user", "content": text}]
    turn = tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)
    # The chat template has already written the special tokens.
    return list(tokenizer(turn + (template.answer_start if template else ""), add_special_tokens=False)["input_ids"])


def _urial(tokenizer: Any, question: str, template: Template | None, context: Context) -> list[int]:
    turns = [context.turn.format(question=example, answer=answer) for example, answer in context.examples]
    turns[0] = f"{context.system} {turns[0]}"
    if context.turn_end:
        return list(tokenizer(context.turn_end.join([*turns, _unanswered_turn(context, question)]))["input_ids"])
    ids = list(tokenizer(turns[0])["input_ids"])
    for turn in [*turns[1:], _unanswered_turn(context, question)]:
        ids += [tokenizer.eos_token_id, *tokenizer(turn, add_special_tokens=False)["input_ids"]]
    return ids


_PROMPT_FORMATS = {"plain": _plain, "chat": _chat, "urial": _urial}
