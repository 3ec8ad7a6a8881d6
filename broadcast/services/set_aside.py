"""Updates that cannot be kept or handled as they came: put where an operator can look at them, so
that everybody else's go on."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import func
from sqlmodel import col, select

from broadcast.context import Core, Event
from broadcast.language import N_
from broadcast.models import SetAside
from broadcast.services import pending_notices

log = structlog.get_logger()
MOST = 1000  # beyond them only the log knows
_CHARACTERS = 100_000
_QUIET = timedelta(hours=1)
_TOLD = N_(
    "Something that came from {source} could not be handled ({error}). I have set it aside, and "
    "everything else goes on. `tellal doctor` counts such things, `tellal export set-aside` shows them."
)


async def set_aside(
    core: Core, source: str, event_id: str, payload: dict[str, Any], error: Exception
) -> None:
    """Keep it, and tell the owners, once an hour for each source. The same twice is kept once.
    Raises what the storage raises."""
    name, source, event_id = type(error).__name__, _plain(source), _plain(event_id)
    log.error("update_set_aside", source=source, event_id=event_id, error=name)
    now, tells = core.clock(), False
    async with core.store.write() as session:
        mine = (col(SetAside.source) == source, col(SetAside.event_id) == event_id)
        known = await session.scalar(select(SetAside.set_aside_id).where(*mine))
        count = await session.scalar(select(func.count()).select_from(SetAside))
        if known is not None or (count or 0) >= MOST:
            return
        latest = await session.scalar(
            select(func.max(SetAside.at)).where(SetAside.source == source)
        )
        session.add(
            SetAside(
                source=source, event_id=event_id, payload=_written(payload), error=name, at=now
            )
        )  # fmt: skip
        if tells := latest is None or latest < now - _QUIET:
            values = {"source": source, "error": name}
            pending_notices.add(session, pending_notices.Told(_TOLD, values))
    if tells:
        await core.tell(Event("account"))


def _plain(text: str) -> str:
    """Storable, whatever it holds."""
    return text.encode("utf-8", "backslashreplace").decode()


def _written(payload: dict[str, Any]) -> str:
    try:
        return json.dumps(payload, default=repr)[:_CHARACTERS]
    except (TypeError, ValueError, RecursionError):
        return _plain(repr(payload))[:_CHARACTERS]
