"""The page about the paper's own run is that of the plan."""

from repro.engine import paper_run
from superficial.config import load_profile
from superficial.planning.rates import read_rates


def test_the_page_is_the_one_the_plan_gives():
    assert paper_run.PAGE.read_text(encoding="utf-8") == paper_run.page(), "run `invoke docs`"


def test_the_terminal_shows_each_card_with_a_command():
    rates = read_rates()
    lines = list(paper_run.commands_text(load_profile(paper_run.profile_file("paper")), rates))
    for card in rates.cards:
        (at,) = [number for number, line in enumerate(lines) if line.startswith(f"{card}, ")]
        assert lines[at + 1].startswith("  invoke ")
