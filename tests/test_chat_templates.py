"""Chat templates as checkpoints bring them: usable ones, ones with a clock, and ones that would ask something else."""

from datetime import datetime

import pytest

from superficial.chat_templates import check_chat_template, render_turn

USABLE = "{% for m in messages %}<user> {{ m['content'] }} {% endfor %}<assistant>"
BROKEN = {
    "drops the text": ("<user> hello <assistant>", r"drops or changes the user's text: .* writes only '<user> hello"),
    "reads another field": ("<user> {{ messages[0].text }} <assistant>", r"drops or changes .* only '<user>  <assi"),
    "cuts the text": ("<user> {{ messages[0].content[:500] }} <assistant>", "drops or changes the user's text"),
    "changes the text": ("<user> {{ messages[0].content|upper }} <assistant>", "drops or changes the user's text"),
    "writes nothing": ("{% if tools %}<user> {{ messages[0].content }}{% endif %} \n", "text: .* it writes nothing"),
    "raises": ("{{ raise_exception('a system turn is needed') }}", "fails on a user's turn: a system turn is needed"),
    "is not a template": ("{% for m in messages %}", "fails on a user's turn: .*end of template"),
    "divides by zero": ("{{ 1 / 0 }}", "fails on a user's turn: division by zero"),
    "reads a missing turn": ("{{ messages[1].content }}", "fails on a user's turn: .*undefined|no element 1"),
    "needs a name": ({"tool_use": USABLE}, "fails on a user's turn: .*default"),
    "ends the turn": ("<user> {{ messages[0].content }} <end>\n", r"ends a user's turn with the end token '<end>'"),
    "is random": ("{{ [1, 2, 3, 4, 5, 6, 7, 8, 9]|random }} {{ messages[0].content }}", "in different ways"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_template_that_would_ask_something_else_is_refused(tokenizer, fault, monkeypatch):
    draws = iter(range(100))
    monkeypatch.setattr("random.choice", lambda values: values[next(draws) % len(values)])
    tokenizer.chat_template, message = BROKEN[fault]
    with pytest.raises(ValueError, match=message) as refused:
        check_chat_template(tokenizer)
    assert "\n" not in str(refused.value) and str(refused.value).startswith("The chat template of ")


@pytest.mark.parametrize(
    "template",
    [
        USABLE,
        {"default": USABLE, "tool_use": "{{ 1 / 0 }}"},
        "<user> {{ messages[0].content|trim }}\n<assistant>",
        "{{ bos_token }}{{ messages|tojson }}",
    ],
)
def test_a_usable_template_is_rendered_as_transformers_does(tokenizer, template):
    tokenizer.chat_template, turn = template, [{"role": "user", "content": "w1 w2"}]
    check_chat_template(tokenizer)
    expected = tokenizer.apply_chat_template(turn, add_generation_prompt=True, tokenize=False)
    assert render_turn(tokenizer, "w1 w2") == expected


CLOCKS = {
    "{% if strftime_now is defined %}{% set day = strftime_now('%d %b %Y') %}{% endif %}{{ day }}": "%d %b %Y",
    "{%- macro system(day) %}{{ strftime_now(day) }}{% endmacro -%}{{ system('%A, %-d %B') }}": "%A, %-d %B",
    "{{ strftime_now('%Y-%m-%d') ~ ' ' ~ strftime_now(format='%j') }}": "%Y-%m-%d %j",
}


@pytest.mark.parametrize("clock", CLOCKS)
def test_a_template_with_a_clock_shows_one_date_on_every_day(tokenizer, clock, monkeypatch):
    tokenizer.chat_template = f"{clock} {USABLE}"
    check_chat_template(tokenizer)
    rendered = render_turn(tokenizer, "w1 w2")
    assert rendered == f"{datetime(2024, 7, 26).strftime(CLOCKS[clock])} <user> w1 w2 <assistant>"
    turn = [{"role": "user", "content": "w1 w2"}]
    today = tokenizer.apply_chat_template(turn, add_generation_prompt=True, tokenize=False)
    assert today != rendered, "the template itself shows today's date"
