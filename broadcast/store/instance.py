"""Which installation a database belongs to: a restored or copied one must not send by itself.

Beside the SQLite file lies `NAME.instance`. It names the installation, this very file (inode), the
machine, and the last beat of the lease that was written here. A database that does not agree with
it is a copy, or older than what was here before: what it holds as unsent may long have been sent.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy import make_url

log = structlog.get_logger()
_MACHINE = Path("/etc/machine-id")
_MOMENT_SECONDS = 15.0


class Copied(Exception):
    """This database was copied, or restored from a backup."""


def new_instance() -> str:
    return secrets.token_hex(8)


@dataclass
class Mark:
    """The file beside the database."""

    database: Path
    instance: str = ""

    @classmethod
    def beside(cls, url: str) -> Mark | None:
        """None where the database is no file."""
        found = make_url(url)
        if found.get_backend_name() != "sqlite" or found.database in {None, "", ":memory:"}:
            return None
        return cls(Path(str(found.database)))

    @property
    def file(self) -> Path:
        return self.database.with_name(self.database.name + ".instance")

    def check(self, instance: str, beat: int) -> None:
        """Compare with what the database says of itself. Raises Copied."""
        if not instance:
            return  # never used, or from before this was kept
        try:
            kept = json.loads(self.file.read_bytes())
        except (OSError, ValueError):
            raise Copied from None
        here = {"instance": instance, **self._place()}
        if not isinstance(kept, dict) or here.items() - kept.items():
            raise Copied
        if int(kept.get("beat", 0)) > beat:
            raise Copied

    def read(self) -> bytes:
        """As it is; empty where there is none."""
        try:
            return self.file.read_bytes()
        except OSError:
            return b""

    def beats(self) -> bool:
        """Whether somebody kept a beat here a moment ago, as far as the clock can be trusted."""
        try:
            return abs(time.time() - self.file.stat().st_mtime) < _MOMENT_SECONDS
        except OSError:
            return False

    def write(self, beat: int) -> None:
        """Keep the beat, or raise OSError and leave the one before."""
        body = {"instance": self.instance, **self._place(), "beat": beat}
        part = self.file.with_name(self.file.name + ".part")
        part.write_text(json.dumps(body), encoding="ascii")
        part.replace(self.file)

    def note(self, beat: int) -> None:
        """Keep the beat if the disk lets us: an older one is never taken for a copy."""
        try:
            self.write(beat)
        except OSError as error:
            log.warning("instance_not_noted", error=type(error).__name__)

    def _place(self) -> dict[str, object]:
        """This file on this machine. Containers often have no machine id; then it is left out."""
        try:
            machine = _MACHINE.read_text(encoding="ascii").strip()
        except OSError:
            machine = ""
        return {"inode": os.stat(self.database).st_ino, "machine": machine}
