"""On which of their addresses one person would be planned, in the planning's own SQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

from broadcast.store.planning import imagined, who


def where_planned(
    db: Connection, audience: dict[str, Any], accounts: list[str], subscriber_id: int
) -> str:
    """The `channel:account` a broadcast launched now would reach them on; empty: on none."""
    if not accounts:
        return ""
    source, values = who(audience, lanes=f"({imagined(accounts)})", several=len(accounts) > 1)
    values |= {f"account_{i}": name for i, name in enumerate(accounts)}
    found = db.execute(
        text(f"""SELECT l.channel || ':' || l.account {source}
        AND a.subscriber_id = :subscriber_id LIMIT 1"""),
        values | {"subscriber_id": subscriber_id},
    ).scalar()
    return str(found or "")
