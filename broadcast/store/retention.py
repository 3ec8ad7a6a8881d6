"""What was needed once is not kept for ever: updates that were handled, once nobody brings them again."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog
from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError

from broadcast.context import Core

log = structlog.get_logger()
# Meta brings a callback again for 7 days, Telegram for one: then its id is of no use any more.
HANDLED_DAYS = 8
ASIDE_DAYS = 30  # what could not be handled waits so long for somebody to look
_LOOK_SECONDS = 3600.0
_ROWS = 1000  # in one transaction: others wait for the lock
_PAUSE_SECONDS = 0.05
# Rows come in the order of their ids, so the first young one is the end of the old. The newest stays:
# no id may be given out twice.
_FORGET = text("""DELETE FROM inbox WHERE inbox_id IN (
    SELECT inbox_id FROM inbox WHERE handled AND inbox_id < coalesce(
        (SELECT inbox_id FROM inbox WHERE received_at >= :before ORDER BY inbox_id LIMIT 1),
        (SELECT max(inbox_id) FROM inbox))
    ORDER BY inbox_id LIMIT :rows)""")

_FORGET_ASIDE = text("DELETE FROM set_aside WHERE at < :before")


async def keep(core: Core) -> None:
    """Forget what is old, now and every hour, until cancelled. Storage trouble is waited out."""
    while True:
        try:
            if forgotten := await forget(core):
                log.info("updates_forgotten", rows=forgotten)
        except (SQLAlchemyError, OSError) as error:
            log.warning("not_forgotten", error=type(error).__name__)
        await asyncio.sleep(_LOOK_SECONDS)


async def forget(core: Core) -> int:
    """Remove the handled updates older than HANDLED_DAYS; how many."""
    before = _days_ago(core, HANDLED_DAYS)
    aside = {"before": _days_ago(core, ASIDE_DAYS)}
    await core.store.work(lambda db: db.execute(_FORGET_ASIDE, aside))
    total = 0
    while True:

        def job(db: Connection) -> int:
            return db.execute(_FORGET, {"before": before, "rows": _ROWS}).rowcount

        gone = await core.store.work(job)
        total += gone
        if gone < _ROWS:
            return total
        await asyncio.sleep(_PAUSE_SECONDS)


def _days_ago(core: Core, days: int) -> str:
    return (core.clock() - timedelta(days=days)).replace(tzinfo=None).isoformat(" ")
