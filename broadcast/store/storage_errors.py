"""Whether an error is the storage's: a full disk, a locked or unreadable database. It may pass."""

from __future__ import annotations

import errno

from sqlalchemy.exc import OperationalError, SQLAlchemyError

from broadcast.language import N_, terminal

_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS})


def is_storage_trouble(error: BaseException) -> bool:
    """True for what will go well by itself once there is room, or the lock is gone."""
    if isinstance(error, OSError):
        return error.errno in _DISK
    return isinstance(error, OperationalError)


_HINTS = {  # by what SQLite says
    "unable to open": N_("Does its folder exist, and may this user write there?"),
    "not a database": N_("It is another file, or damaged: move it away and restore a backup."),
    "malformed": N_("It is damaged: move it away and restore a backup."),
    "locked": N_("Another program has it open; try again when that has ended."),
    "readonly": N_("This user may only read it: chown or chmod it and its folder."),
    "full": N_("Free some space on this disk."),
    "no such table": N_("Run: tellal db upgrade"),
    "disk i/o": N_("Check the disk, or free some space on it."),
}


class NewerDatabase(SQLAlchemyError):
    """Its tables are of a Tellal that came after this one."""

    def __init__(self, version: str) -> None:
        super().__init__(version)
        self.version = version


def in_words(error: SQLAlchemyError) -> str:
    """What stands in the way and what to do about it, for whoever runs this; nothing of people."""
    say = terminal().plain
    if isinstance(error, NewerDatabase):
        return say(
            "The database cannot be used: a newer Tellal made it (tables at {version}). Update this "
            "one first; nothing was changed.", version=error.version,
        )  # fmt: skip
    why = str(getattr(error, "orig", None) or type(error).__name__).partition("\n")[0]
    said = say("The database cannot be used: {why}.", why=why)
    hint = next((hint for sign, hint in _HINTS.items() if sign in why.lower()), "")
    return f"{said} {say(hint)}" if hint else said
