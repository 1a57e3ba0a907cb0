"""How a question becomes a prompt: as plain text, as a turn of a chat, or after in-context examples.

The texts around a question are data of its lab world or source (`Context`). This module knows no benchmark.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from superficial.chat_templates import check_chat_template, render_turn
from superficial.config.questions import Context, Template
from superficial.config.types import PromptFormat
from superficial.json_files import read_json
from superficial.prompt_tokens import check_prompt, text_tokens, turn_tokens


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
            format), `chat-two-bos` (its text, tokenized again with special tokens) or `urial` (after a system text and
            examples).
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
        """Return the token ids of the prompts of a table of questions (columns prompt and benchmark).

        Raises:
            ValueError: if the tokenizer's chat template is not usable, or a response cannot follow a prompt.
        """
        if self.prompt_format in ("chat", "chat-two-bos"):
            check_chat_template(tokenizer)
        texts, benchmarks = list(questions["prompt"]), list(questions["benchmark"])
        prompts = [self.token_ids(tokenizer, *each) for each in zip(texts, benchmarks, strict=True)]
        for text, prompt in zip(texts, prompts, strict=True):
            check_prompt(prompt, text, [tokenizer.eos_token_id])
        return prompts

    def stop_tokens(self, tokenizer: Any, questions: pd.DataFrame) -> list[int | None]:
        """Return for each question the token after which a response that heads are distilled from ends, if any."""
        texts = {name: template.distilled_until for name, template in self.context.templates.items()}
        # As in the official code: the last token, because some tokenizers put one of their own before a line break.
        tokens = {name: tokenizer.encode(text, add_special_tokens=False)[-1] for name, text in texts.items() if text}
        return [tokens.get(name) for name in questions["benchmark"]]

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
    return text_tokens(tokenizer, text)


def _chat(tokenizer: Any, question: str, template: Template | None, context: Context) -> list[int]:
    text = template.chat.format(question=question) if template else question
    return turn_tokens(tokenizer, text, template.answer_start if template else "")


def _chat_two_bos(tokenizer: Any, question: str, template: Template | None, context: Context) -> list[int]:
    text = template.chat.format(question=question) if template else question
    return text_tokens(tokenizer, render_turn(tokenizer, text) + (template.answer_start if template else ""))


def _urial(tokenizer: Any, question: str, template: Template | None, context: Context) -> list[int]:
    turns = [context.turn.format(question=example, answer=answer) for example, answer in context.examples]
    turns[0] = f"{context.system} {turns[0]}"
    if context.turn_end:
        return text_tokens(tokenizer, context.turn_end.join([*turns, _unanswered_turn(context, question)]))
    ids = text_tokens(tokenizer, turns[0])
    for turn in [*turns[1:], _unanswered_turn(context, question)]:
        ids += [tokenizer.eos_token_id, *tokenizer(turn, add_special_tokens=False)["input_ids"]]
    return ids


_PROMPT_FORMATS = {"plain": _plain, "chat": _chat, "chat-two-bos": _chat_two_bos, "urial": _urial}
