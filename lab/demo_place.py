"""Where a demo runs: a port nobody has, and a folder no other running demo uses."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path

FOLDER = ".demo"
_LOCK = "lock"
_LOOKED_AT = 50  # ports, from the wished one on
_DEMOS = 20  # folders, likewise


class NoPlace(Exception):
    """No port, or no folder, is left; the words say which."""


def port_from(wished: int) -> int:
    """The wished port of this machine, or the next one that is free; 0: any.

    Raises NoPlace with the first port's own trouble where none can be had.
    """
    trouble: OSError | None = None
    for port in range(wished, min(wished + _LOOKED_AT, 65536)):
        try:
            return _listened_at(port)
        except OSError as error:
            trouble = trouble or error
    raise NoPlace((trouble.strerror if trouble else None) or str(wished))


def _listened_at(port: int) -> int:
    """Listen there for a moment, as the sandbox will: what a restart leaves behind does not count."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        probe.listen(1)
        return int(probe.getsockname()[1])


@dataclass
class Place:
    """A folder of one running demo. As long as one process holds it, it is taken, also when the demo
    itself was killed and left others behind."""

    folder: Path
    lock: int
    usual: bool  # the first one, in this folder

    def fresh(self) -> None:
        """Every demo starts from nothing: what the last one left here goes."""
        for old in self.folder.glob("tellal.db*"):
            old.unlink(missing_ok=True)

    def leave(self) -> None:
        os.close(self.lock)


def hold(folder: str) -> None:
    """In a process of the demo: as long as it lives, its folder is taken."""
    descriptor = os.open(Path(folder) / _LOCK, os.O_RDWR)
    fcntl.flock(descriptor, fcntl.LOCK_SH)


def place(root: Path | None = None) -> Place:
    """A folder for us alone below `root` (here): the usual one, else the next that nobody uses, else
    a temporary one where nothing may be written. Raises NoPlace."""
    usual = (root or Path.cwd()) / FOLDER
    folders = [usual, *(usual / str(number) for number in range(2, _DEMOS))]
    for folder in folders:
        try:
            if (taken := _lock(folder)) is not None:
                return Place(folder, taken, usual=folder == usual)
        except OSError:  # read-only, or something else of that name
            break
    try:
        folder = Path(tempfile.mkdtemp(prefix="tellal-demo-"))
        taken = _lock(folder)
    except OSError as error:
        raise NoPlace(error.strerror or type(error).__name__) from None
    assert taken is not None  # nobody else knows of it
    return Place(folder, taken, usual=False)


def _lock(folder: Path) -> int | None:
    """The folder's lock, or None when another demo has it. Raises OSError where it cannot be made."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        if error.errno in {errno.EWOULDBLOCK, errno.EACCES}:
            return None
        raise
    fcntl.flock(descriptor, fcntl.LOCK_SH)  # shared by the demo's own, closed to others
    return descriptor
