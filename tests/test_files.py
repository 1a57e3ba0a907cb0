"""A failed write leaves what was there and nothing else."""

import pytest

from superficial.files import atomic_write


def test_failed_write_leaves_the_old_file_alone(tmp_path):
    target = tmp_path / "a" / "b.txt"
    with atomic_write(target) as temporary:
        temporary.write_text("old")
    with pytest.raises(RuntimeError), atomic_write(target) as temporary:
        temporary.write_text("half")
        raise RuntimeError
    assert target.read_text() == "old"
    assert [p.name for p in target.parent.iterdir()] == ["b.txt"]
