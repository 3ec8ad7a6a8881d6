"""A delivery that is several messages: which of them went, as its `receipt` keeps it (pure).

The platform's ids with commas between, each at its message's place. `!` stands before one that the
platform took and could not deliver after all, and alone where nothing is known (decisions/0015): as
`!delivered` or `!read` where only the last message's news has come, and it was that.
"""

from __future__ import annotations

from collections.abc import Sequence

from broadcast.outcome import Receipt, ReceiptKind

GONE = "!"
_FURTHER = (ReceiptKind.DELIVERED, ReceiptKind.READ)
_HEARD = tuple(f"!{kind.value}" for kind in _FURTHER)
# The rank of what was heard of the last message while nothing was known of others, as SQL.
HEARD_RANK = (
    "CASE WHEN receipt LIKE '%!read%' THEN 60 WHEN receipt LIKE '%!delivered%' THEN 50 ELSE 0 END"
)
# Whether none of a delivery's messages went, as SQL over its `receipt`.
NOTHING_ARRIVED = "instr(replace(',' || COALESCE(NULLIF({0}, ''), '!'), ',!', ''), ',') = 0"


def kept(ids: Sequence[str]) -> str | None:
    """The ids as they are stored; None for none at all."""
    return ",".join(one or GONE for one in ids) or None


def arrived(receipt: str | None) -> tuple[str, ...]:
    """The other way round: "" at the place of a message that has to be sent (again)."""
    if not receipt:
        return ()
    return tuple("" if one.startswith(GONE) else one for one in receipt.split(","))


def told(receipt: str | None, news: Receipt) -> str | None:
    """What is known after the platform's news of one of several; None: it is no news of ours.

    An id that failed once stays failed: the message went again under another one. What went as one
    message since, as a template does, is another matter than the several it was before.
    """
    places = receipt.split(",") if receipt else [GONE] * news.of
    if len(places) != news.of:
        return None
    before, failed = places[news.part - 1], GONE + news.receipt_id
    known = not before.startswith(GONE)
    if failed in places or (known and before != news.receipt_id):
        return None
    if known and news.kind != ReceiptKind.FAILED:
        return receipt
    places[news.part - 1] = failed if news.kind == ReceiptKind.FAILED else news.receipt_id
    return ",".join(places)


def remembering(receipt: str, news: Receipt) -> str:
    """With the last message's news at the places of those of which nothing is known yet, so that
    it counts when they are."""
    if news.part != news.of or news.kind not in _FURTHER:
        return receipt
    mark = f"!{news.kind.value}"
    lower = {GONE, *_HEARD[: _HEARD.index(mark)]}
    return ",".join(mark if one in lower else one for one in receipt.split(","))


def whole(before: str | None, news: Receipt) -> ReceiptKind:
    """What is known of all of them together, once each has arrived: how far the last one is."""
    if news.part == news.of:
        return news.kind
    heard = [one for one in (before or "").split(",") if one in _HEARD]
    return ReceiptKind(max(heard, key=_HEARD.index)[1:]) if heard else ReceiptKind.SENT


def all_failed(receipt: str | None) -> bool:
    """Whether each of the messages is known to have failed."""
    places = receipt.split(",") if receipt else []
    return bool(places) and all(
        one.startswith(GONE) and one not in {GONE, *_HEARD} for one in places
    )


def with_failures(fresh: str, before: str | None) -> str:
    """Ids we have just noted, with what the platform had told of them already."""
    failed = {one for one in (before or "").split(",") if one.startswith(GONE)}
    return ",".join(GONE + one if GONE + one in failed else one for one in fresh.split(","))
