"""Locks: held by one process, waited for, and left out where the file system has none."""

import errno
import fcntl
import warnings

import pytest

from repro.engine.run import exclusive_run
from superficial.errors import Note
from superficial.locks import lock


def test_a_lock_is_held_until_its_file_is_closed(tmp_path):
    with (tmp_path / "a").open("w") as first, (tmp_path / "a").open("w") as second:
        assert lock(first, wait=False)
        assert not lock(second, wait=False)
        first.close()
        assert lock(second, wait=True)


@pytest.mark.parametrize("number", [errno.ENOTSUP, errno.ENOSYS, errno.ENOLCK])
def test_a_file_system_without_locks_stops_nothing(tmp_path, monkeypatch, number):
    def flock(*_):
        raise OSError(number, "no locks here")

    monkeypatch.setattr(fcntl, "flock", flock)
    note = rf"The file system of {tmp_path}/\.lock has no locks: make sure that no other"
    with pytest.warns(Note, match=note), exclusive_run(tmp_path):
        pass


def test_other_errors_are_not_hidden(tmp_path, monkeypatch):
    def flock(*_):
        raise OSError(errno.EBADF, "bad file")

    monkeypatch.setattr(fcntl, "flock", flock)
    with (tmp_path / "a").open("w") as file, pytest.raises(OSError, match="bad file"), warnings.catch_warnings():
        warnings.simplefilter("error")
        lock(file, wait=True)
