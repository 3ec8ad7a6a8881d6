"""Whether an error is the storage's: a full disk, a locked or unreadable database. It may pass."""

from __future__ import annotations

import errno

from sqlalchemy.exc import OperationalError

_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS})


def is_storage_trouble(error: BaseException) -> bool:
    """True for what will go well by itself once there is room, or the lock is gone."""
    if isinstance(error, OSError):
        return error.errno in _DISK
    return isinstance(error, OperationalError)
