"""A delivery that is several messages: which of them went, as its `receipt` keeps it (pure).

The platform's ids with commas between, each at its message's place. `!` stands before one that the
platform took and could not deliver after all, and alone where nothing is known (decisions/0015).
"""

from __future__ import annotations

from collections.abc import Sequence

from broadcast.ports import Receipt, ReceiptKind

GONE = "!"
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


def all_failed(receipt: str | None) -> bool:
    """Whether each of the messages is known to have failed."""
    places = receipt.split(",") if receipt else []
    return bool(places) and all(one.startswith(GONE) and one != GONE for one in places)


def with_failures(fresh: str, before: str | None) -> str:
    """Ids we have just noted, with what the platform had told of them already."""
    failed = {one for one in (before or "").split(",") if one.startswith(GONE)}
    return ",".join(GONE + one if GONE + one in failed else one for one in fresh.split(","))
