"""Locks of files. A file system without them, as some of clusters and containers are, stops nothing."""

from __future__ import annotations

import errno
import fcntl
import warnings
from typing import IO

from superficial.errors import Note

_NO_LOCKS = (errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.ENOLCK)


def lock(file: IO[str], wait: bool) -> bool:
    """Lock an open file until it is closed.

    A note says where the file system has no locks.

    Args:
        file: the file.
        wait: whether to wait for a process that has locked it.

    Returns:
        Whether this process may go on: False if another has locked the file, and this one did not wait.
    """
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise
        note = f"The file system of {file.name} has no locks: make sure that no other process uses this folder."
        warnings.warn(note, Note, stacklevel=2)
    return True
