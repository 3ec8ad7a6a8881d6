"""Which uncertain delivery a person's own act proves to have arrived."""

from __future__ import annotations

import json

from sqlalchemy import Connection, text

# Few rows are uncertain, and they have an index of their own.
_UNCERTAIN = text("""SELECT d.delivery_id, b.content FROM address a
JOIN delivery d ON d.address_id = a.address_id AND d.status = 20
JOIN broadcast b ON b.broadcast_id = d.broadcast_id
WHERE a.channel = :channel AND a.account = :account AND a.value = :address""")


def answered(db: Connection, channel: str, account: str, address: str, quoted: str) -> list[int]:
    """The deliveries whose words the person has before them, for they answered them."""
    here = {"channel": channel, "account": account, "address": address}
    return [
        int(delivery_id)
        for delivery_id, content in db.execute(_UNCERTAIN, here)
        if _words(content) == quoted.strip()
    ]


def _words(content: str | dict[str, object]) -> str:
    known = json.loads(content) if isinstance(content, str) else content
    body = known.get("text")
    return str(body.get("text", "")).strip() if isinstance(body, dict) else ""
