"""A file between stages is found by its kind, and its kind by its path."""

import pytest

from superficial.artifacts import CLAIMS, POSITIONS, SCORES, SWEEP, TABLE, artifact_of


def test_a_path_is_made_of_names_and_belongs_to_its_kind():
    path = SCORES.of(variant="Small+Superficial", benchmark="gsm")
    assert path == "scores/Small+Superficial/gsm.parquet"
    assert SCORES.matches(path)
    assert not SCORES.matches(f"second-{path}")
    assert not SCORES.matches("scores/Small/deeper/gsm.parquet")
    assert CLAIMS.of() == "claims.json"


@pytest.mark.parametrize("artifact", [SCORES, SWEEP, TABLE, CLAIMS])
def test_the_kind_of_a_path_is_the_first_that_matches(artifact):
    assert artifact_of(artifact.of(variant="a", benchmark="b", table="c", format="csv")) is artifact


def test_a_path_of_no_kind_is_refused():
    with pytest.raises(ValueError, match=r"notes/x\.txt is not a file of the workflow"):
        artifact_of("notes/x.txt")


def test_all_files_of_a_kind_are_found_in_its_folder(tmp_path):
    for path in (TABLE.of(table="b", format="csv"), TABLE.of(table="a", format="md"), POSITIONS.of(head="small")):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("")
    assert [file.name for file in TABLE.files_in(tmp_path)] == ["a.md", "b.csv"]
    assert TABLE.folder_in(tmp_path) == tmp_path / "tables"
