"""What arrives, sorted into lanes and bounded before it is written."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Any

import orjson
import structlog

from broadcast.channel import Lane, Thorough
from broadcast.context import Core
from broadcast.input_limits import Bounds

log = structlog.get_logger()
Update = dict[str, Any]
Sort = Callable[[str, Update, Thorough], Lane]
OrderKey = Callable[[str, Update], str]
_SURPLUS_QUIET_SECONDS = 60.0
_AT_ONCE = 5  # updates sorted before others may go on
_UNSIZED = 4096  # bytes that stand for what cannot be written as JSON


class Sorter:
    """`order_key(source, update)`: whose it is; `bounds`: how much one person may put before us, and
    none for the team and what the platform says itself."""

    def __init__(self, core: Core, lane: Sort, order_key: OrderKey, bounds: Bounds | None) -> None:
        self._core, self._lane, self._order_key = core, lane, order_key
        self._bounds = bounds
        self._surplus_told = 0.0

    @property
    def surplus(self) -> int:
        """Updates that were not kept because their sender had sent too many."""
        return self._bounds.surplus if self._bounds is not None else 0

    async def rows(self, source: str, updates: list[tuple[str, Update]]) -> list[Update]:
        """As they are stored, without the surplus."""
        rows = []
        for number, one in enumerate(updates, 1):
            if (row := self._row(source, *one)) is not None:
                rows.append(row)
            if number % _AT_ONCE == 0:  # reading what people write takes its time
                await asyncio.sleep(0)
        return rows

    def forget(self, rows: list[Update]) -> None:
        """They could not be kept, and will come again."""
        if self._bounds is not None:
            for row in rows:
                self._bounds.forget(row["sender"])

    def _row(self, source: str, event_id: str, payload: Update) -> Update | None:
        """As it is stored; None where its sender has sent too much."""
        lane = self._sorted(source, payload)
        sender = "" if lane == Lane.NEWS else self.whose(source, event_id, payload)
        if (
            self._bounds is not None
            and lane in {Lane.LEAVING, Lane.PEOPLE}
            and not self._bounds.takes(sender, _size(payload), lane == Lane.LEAVING)
        ):
            self._note_surplus(source)
            return None
        return {
            "source": source, "event_id": event_id, "payload": payload, "lane": lane,
            "sender": sender, "received_at": self._core.clock(),
        }  # fmt: skip

    def whose(self, source: str, event_id: str, payload: Update) -> str:
        """Of one that nobody can say it of: its own."""
        try:
            return self._order_key(source, payload)
        except Exception as error:
            log.warning("update_of_nobody", source=source, error=type(error).__name__)
            return f"odd {source} {event_id}"

    def _sorted(self, source: str, payload: Update) -> Lane:
        try:
            return self._lane(source, payload, lambda: self._may_read(source, payload))
        except Exception as error:  # an update nobody has seen the like of
            log.warning("update_not_sorted", source=source, error=type(error).__name__)
            return Lane.PEOPLE

    def _may_read(self, source: str, payload: Update) -> bool:
        return self._bounds is None or self._bounds.may_read(self._order_key(source, payload))

    def _note_surplus(self, source: str) -> None:
        now = monotonic()
        if now - self._surplus_told > _SURPLUS_QUIET_SECONDS or not self._surplus_told:
            self._surplus_told = now
            log.warning("surplus_not_kept", source=source, so_far=self.surplus)


def _size(payload: Update) -> int:
    try:
        return len(orjson.dumps(payload))
    except TypeError:
        return _UNSIZED
