"""RESULTS.md shows the committed records."""

from bench.results import FOLDER, RESULTS, SECTIONS, results_page


def test_the_committed_page_is_that_of_the_committed_records():
    assert RESULTS.read_text(encoding="utf-8") == results_page(FOLDER), "run `invoke docs`"


def test_a_missing_record_is_named_with_its_command(tmp_path):
    page = results_page(tmp_path)
    for section in SECTIONS:
        assert f"## {section.record}\n\nNot measured yet: `{section.command}`." in page
