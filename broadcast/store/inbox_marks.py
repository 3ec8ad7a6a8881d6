"""Updates that were handled, marked so in groups."""

from __future__ import annotations

from collections.abc import Iterable

import orjson
from sqlalchemy import Connection, text

from broadcast.store.session import Store

_DONE = text("""UPDATE inbox SET handled = true, payload = '{}'
WHERE inbox_id IN (SELECT value FROM json_each(:ids))""")
_FORGET = text("DELETE FROM inbox WHERE inbox_id IN (SELECT value FROM json_each(:ids))")
_NEWEST = text("SELECT max(inbox_id) FROM inbox")


class Marks:
    """`done` are remembered as handled; `settled`, told again, would change nothing: not remembered."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.done: list[int] = []
        self.settled: list[int] = []
        self._stays: list[int] = []  # the newest of them, while there is no newer row

    def __bool__(self) -> bool:
        return bool(self.done or self.settled)

    async def write(self) -> None:
        """In groups: a crash in between repeats some, which changes nothing."""
        done, settled = self.done[:], self.settled[:]
        if not done and not settled:
            return
        forget = [*self._stays, *settled]

        def job(db: Connection) -> list[int]:
            """The newest stays until there is a newer one: no number may be given out twice."""
            newest = db.execute(_NEWEST).scalar()
            stays = [one for one in forget if one == newest]
            if marked := [*done, *stays]:
                db.execute(_DONE, _as_json(marked))
            if gone := [one for one in forget if one != newest]:
                db.execute(_FORGET, _as_json(gone))
            return stays

        self._stays = await self._store.work(job)
        del self.done[: len(done)], self.settled[: len(settled)]


def _as_json(ids: Iterable[int]) -> dict[str, str]:
    return {"ids": orjson.dumps(list(ids)).decode()}
