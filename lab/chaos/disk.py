"""A disk that can be full: a small filesystem of its own where we may mount one, else a limit.

As root: a tmpfs, filled to the last byte; the product gets a real ENOSPC. Otherwise the size of the
product's files is limited from outside (EFBIG instead), and `real` says so.
"""

from __future__ import annotations

import errno
import os
import resource
import subprocess
from pathlib import Path

_MEGABYTES = 32


class SmallDisk:
    """Mounted at `folder` for as long as it is open."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.real = os.geteuid() == 0 and self._mount()
        self._limited: int | None = None

    def _mount(self) -> bool:
        wish = ["mount", "-t", "tmpfs", "-o", f"size={_MEGABYTES}m", "tellal-chaos"]
        done = subprocess.run([*wish, str(self.folder)], capture_output=True, check=False)
        return done.returncode == 0

    @property
    def _ballast(self) -> Path:
        return self.folder / "ballast"

    def fill(self, pid: int) -> None:
        """No byte more for the process `pid` (on a disk of its own: for anybody)."""
        if not self.real:
            self._limit(pid, 1)
            self._limited = pid
            return
        with self._ballast.open("wb", buffering=0) as opened:
            for size in (1 << 20, 1 << 12, 1):
                _write_until_full(opened.fileno(), b"\0" * size)

    def free(self) -> None:
        """Room again."""
        if self.real:
            self._ballast.unlink(missing_ok=True)
        elif self._limited is not None:
            self._limit(self._limited, resource.RLIM_INFINITY)
            self._limited = None

    @staticmethod
    def _limit(pid: int, most: int) -> None:
        try:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))
        except ProcessLookupError:
            return  # killed meanwhile

    def close(self) -> None:
        if self.real:
            subprocess.run(["umount", "-l", str(self.folder)], capture_output=True, check=False)


def _write_until_full(descriptor: int, block: bytes) -> None:
    while True:
        try:
            os.write(descriptor, block)
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            return
