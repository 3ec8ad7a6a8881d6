"""The same news of a delivery in any order, twice, in one callback or in many: the same end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from broadcast.outcome import Reason, Receipt, ReceiptKind, Refused
from broadcast.services import receipts
from broadcast.states import DeliveryStatus as D
from broadcast.store import counters
from broadcast.store.deliveries import Sent, Wish
from broadcast.store.message_parts import arrived
from tests.scenario.house import KEY, House

K = ReceiptKind
NOTE = None  # our own note that the platform took it, which news may overtake
News = Receipt | None
_RESET = text("""UPDATE delivery SET status = :status, receipt = :receipt, reason = NULL,
detail = NULL, due_at = NULL, sent_at = NULL""")
_STANDS = text("SELECT status, reason, receipt FROM delivery")


def news(kind: K, receipt_id: str, part: int = 0, of: int = 0) -> Receipt:
    refused = Refused(Reason.REJECTED, detail="odd") if kind == K.FAILED else None
    return Receipt(kind, 1000.0, receipt_id, 1, refused=refused, part=part, of=of)


def some_of(everything: list[News]) -> st.SearchStrategy[list[News]]:
    return st.lists(st.sampled_from(everything), min_size=1, max_size=9, unique=True)


ONE: list[News] = [news(kind, "x") for kind in K] + [NOTE]
BEFORE: list[News] = [news(kind, "old") for kind in K]  # of an earlier try, which failed
ALBUM: list[News] = [
    news(kind, f"p{part}", part, 3) for part in (1, 2, 3) for kind in K
] + [NOTE]  # fmt: skip


@st.composite
def disorder(draw: st.DrawFn, told: list[News]) -> list[list[News]]:
    """The same, each at least once, in batches. Our own note is made once."""
    more = draw(st.lists(st.sampled_from(told), max_size=5))
    mixed = draw(st.permutations(told + [one for one in more if one is not NOTE]))
    cuts = sorted(draw(st.sets(st.integers(1, max(1, len(mixed) - 1)), max_size=4)))
    edges = [0, *cuts, len(mixed)]
    return [mixed[a:b] for a, b in zip(edges, edges[1:], strict=False)]


@pytest.fixture
async def house(tmp_path: Path) -> House:
    house = await House(tmp_path).open(subscribers=1)
    await house.ledger.plan(await house.approved(), {}, [":".join(KEY)])
    await house.claim(1, 10)
    return house


def runs(batch: list[News]) -> Iterator[list[News]]:
    """Our note is no news: it stands between those before and those after it."""
    if NOTE not in batch:
        yield batch
        return
    at = batch.index(NOTE)
    yield from (part for part in (batch[:at], [NOTE], batch[at + 1 :]) if part)


async def ends(
    house: House, batches: list[list[News]], ids: str, status: D, receipt: str | None
) -> tuple[D, str | None, tuple[str, ...]]:
    """How the delivery stands after all of it: its state, why, and what of it went."""
    await house.store.work(lambda db: db.execute(_RESET, {"status": status, "receipt": receipt}))
    for batch in batches:
        for run in runs(batch):
            if run == [NOTE]:
                note = Sent(1, 1000.0, ids)
                await house.ledger.exchange([note], [], Wish(1, *KEY))
            else:
                await receipts.apply_receipts(house.core, *KEY, [one for one in run if one])
    async with house.store.read() as session:
        row = (await session.execute(_STANDS)).one()
        assert (await (await session.connection()).run_sync(counters.compare_counts, 1))[1]
    return D(row.status), row.reason, arrived(row.receipt)


any_order = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
STARTS = st.sampled_from([D.IN_FLIGHT, D.UNCERTAIN])


@any_order
@given(st.data(), some_of(ONE), STARTS)
async def test_of_one_message(house: House, data: st.DataObject, told: list[News], at: D) -> None:
    expected = await ends(house, [[one] for one in sorted(told, key=ONE.index)], "x", at, None)
    assert await ends(house, data.draw(disorder(told)), "x", at, None) == expected


@any_order
@given(st.data(), some_of(ONE), st.lists(st.sampled_from(BEFORE), unique=True), STARTS)
async def test_news_of_the_try_before_changes_nothing(
    house: House, data: st.DataObject, told: list[News], before: list[News], at: D
) -> None:
    expected = await ends(house, [[one] for one in sorted(told, key=ONE.index)], "x", at, "!old")
    mixed = data.draw(disorder(told + before))
    assert await ends(house, mixed, "x", at, "!old") == expected


@any_order
@given(st.data(), some_of(ALBUM), STARTS)
async def test_of_several_messages(
    house: House, data: st.DataObject, told: list[News], at: D
) -> None:
    ids = "p1,p2,p3"
    expected = await ends(house, [[one] for one in sorted(told, key=ALBUM.index)], ids, at, None)
    assert await ends(house, data.draw(disorder(told)), ids, at, None) == expected
