"""Renders a user's turn with a tokenizer's chat template, and checks that the template can do so.

A chat template is a program that comes with a checkpoint: it may fail, drop the user's text, or print today's date.
"""

from __future__ import annotations

import string
from datetime import datetime
from typing import Any

from superficial.errors import one_line

# What a template's clock shows, so that responses do not depend on the day. Templates of Llama print this date where
# there is no clock.
_DATE = datetime(2024, 7, 26)
_CLOCK = "strftime_now"
# Long enough that a template which cuts texts is noticed.
_PROBES = tuple(
    f"{word} " + " ".join(str(number**3) for number in range(first, first + 300))
    for word, first in (
        ("Add", 101),
        ("Sort", 601),
    )
)
_RENDERINGS = 4


def render_turn(tokenizer: Any, text: str) -> str:
    """Return a user's turn as the tokenizer's chat template writes it, up to where the assistant's turn begins.

    Raises:
        ValueError: if the template fails.
    """
    try:
        template = tokenizer.get_chat_template()
        return tokenizer.apply_chat_template(
            [{"role": "user", "content": text}],
            chat_template=_with_fixed_date(template) if _CLOCK in template else template,
            add_generation_prompt=True,
            tokenize=False,
        )
    # A template can raise whatever its expressions raise.
    except Exception as error:
        raise ValueError(
            f"The chat template of {name_of(tokenizer)} fails on a user's turn: {one_line(error)}"
        ) from error


def check_chat_template(tokenizer: Any) -> None:
    """Check a chat template on two probe prompts, so that a wrong one is refused before any model is loaded.

    Raises:
        ValueError: if the template fails, writes nothing, drops or changes the user's text, ends in an end token, or
            renders one text in several ways.
    """
    whose = f"The chat template of {name_of(tokenizer)}"
    for probe in _PROBES:
        rendered = {render_turn(tokenizer, probe) for _ in range(_RENDERINGS)}
        if len(rendered) > 1:
            raise ValueError(f"{whose} renders one text in different ways; a result could not be repeated.")
        turn = rendered.pop()
        if probe not in turn:
            what = f"only {turn[:80]!r}" if turn.strip() else "nothing"
            raise ValueError(
                f"{whose} drops or changes the user's text: of {probe[:9]!r} it writes {what}; correct the template "
                "or remove it, to ask in plain text."
            )
        if tokenizer.eos_token and turn.rstrip().endswith(tokenizer.eos_token):
            raise ValueError(
                f"{whose} ends a user's turn with the end token {tokenizer.eos_token!r}, after which no response can "
                "begin; let it begin the assistant's turn where add_generation_prompt is set."
            )


def name_of(tokenizer: Any) -> str:
    """Return a tokenizer's name for messages: the folder or the id that it was loaded from."""
    return getattr(tokenizer, "name_or_path", "") or "the tokenizer"


def _with_fixed_date(template: str) -> str:
    """Return the template after a macro that hides the clock, since a template is not given functions."""
    codes = [f"%{flag}{letter}" for flag in ("-", "") for letter in string.ascii_letters]
    dates = "".join(f"|replace('{code}', '{_DATE.strftime(code)}')" for code in codes)
    return f"{{% macro {_CLOCK}(format) %}}{{{{ format{dates} }}}}{{% endmacro %}}\n{template}"
