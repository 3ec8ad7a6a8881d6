"""What Meta was answered is kept: through a kill, a full disk, a lock, repetition, a bad neighbour."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sqlite3
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp
import pytest

from bot.bootstrap import House
from bot.settings import load
from broadcast.engine.intake import Intake, News
from broadcast.outcome import Receipt, ReceiptKind
from broadcast.services import receipts
from broadcast.states import DeliveryStatus as D
from lab.bench.finished_broadcast import proved, sent, url_of
from lab.bench.installation import ACCOUNT, trial_of
from lab.bench.intake import SECRET, account_settings
from lab.child_process import Child
from lab.processes import environment, free_port
from tests.scenario.house import House as Small

PEOPLE = 60  # their news in one callback needs pages a full disk does not have
LIFE = """
import asyncio
from bot.bootstrap import House
from bot.settings import load
from broadcast.services import receipts

async def never(*_):
    await asyncio.Event().wait()

async def main():
    receipts.settle = never  # killed before any of it is worked on
    await House(load()).open()
    print("open", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@dataclass
class Place:
    """Messages that have gone out, and the house their news is posted to."""

    folder: Path
    channel: str
    told: list[Receipt]
    number: int
    settings: dict[str, str]
    url: str

    async def post(self, *told: Receipt) -> int:
        """One signed callback; the status it is answered with."""
        callback = trial_of(self.channel).callback
        assert callback is not None
        headers, body = callback(told, SECRET)
        async with (
            aiohttp.ClientSession() as client,
            client.post(self.url, data=body, headers=headers) as answer,
        ):
            return answer.status

    async def became(self, **counts: int) -> None:
        """Deliveries by status, with the tallies in step and nothing left to handle."""
        wanted = {D[name.upper()]: count for name, count in counts.items()}
        async with asyncio.timeout(60):
            while self.unhandled() or await proved(self.folder, self.number) != (wanted, True):
                await asyncio.sleep(0.02)

    def unhandled(self) -> int:
        return self.ask("SELECT count(*) FROM inbox WHERE NOT handled")

    def ask(self, query: str) -> int:
        with contextlib.closing(sqlite3.connect(self.folder / "bench.db")) as db:
            return int(db.execute(query).fetchone()[0])

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[House]:
        house = House(load())
        try:
            await house.open()
            yield house
        finally:
            await house.close()


@pytest.fixture(params=["whatsapp", "messenger"])
async def place(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Place:
    channel, port, trial = request.param, free_port(), trial_of(request.param)
    told, number = await sent(tmp_path, channel, PEOPLE)
    settings = account_settings(channel, trial.config("http://127.0.0.1:9", 0, 0.0))
    settings |= {"TELLAL_DATABASE_URL": url_of(tmp_path), "TELLAL_HTTP__PORT": str(port)}
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    told = [replace(one, at=one.at + 5) for one in told]
    url = f"http://127.0.0.1:{port}/webhooks/{channel}/{ACCOUNT}"
    return Place(tmp_path, channel, told, number, settings, url)


async def test_what_was_answered_survives_a_kill_in_the_same_moment(place: Place) -> None:
    child = await Child.spawn(place.folder, environment(**place.settings), "-c", LIFE)
    try:
        await child.says("open", 60)
        answers = await asyncio.gather(*(place.post(one) for one in place.told))
    finally:
        child.send(signal.SIGKILL)
        await child.process.wait()
    assert set(answers) == {200}
    assert place.ask("SELECT count(*) FROM inbox") == PEOPLE
    async with place.running():
        await place.became(read=PEOPLE)


@contextlib.asynccontextmanager
async def full(house: House) -> AsyncIterator[None]:
    def cap(pages: int) -> Callable[..., object]:
        return lambda db: db.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    await house.core.store.work(cap(1))  # SQLite takes what is in use already
    yield
    await house.core.store.work(cap(2**30))


@contextlib.asynccontextmanager
async def locked(house: House) -> AsyncIterator[None]:
    await house.core.store.work(lambda db: db.exec_driver_sql("PRAGMA busy_timeout = 50"))
    other = sqlite3.connect("bench.db", timeout=30, isolation_level=None, check_same_thread=False)
    with contextlib.closing(other):
        await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")  # beside the loop it waits for
        yield
        other.execute("ROLLBACK")


@pytest.mark.parametrize("trouble", [full, locked])
async def test_what_cannot_be_kept_is_asked_for_again(
    place: Place, trouble: Callable[[House], contextlib.AbstractAsyncContextManager[None]]
) -> None:
    async with place.running() as house:
        async with trouble(house):
            assert await place.post(*place.told) == 503
            assert place.ask("SELECT count(*) FROM inbox") == 0
        assert await place.post(*place.told) == 200
        await place.became(read=PEOPLE)


async def test_the_same_callback_again_changes_nothing(place: Place) -> None:
    some = place.told[:10]
    async with place.running():
        twice = await asyncio.gather(place.post(*some), place.post(*some))
        await place.became(read=10, sent=PEOPLE - 10)
        assert {*twice, await place.post(*some)} == {200}
        late = [replace(one, kind=ReceiptKind.DELIVERED) for one in some]
        assert await place.post(*late) == 200
        await place.became(read=10, sent=PEOPLE - 10)
        assert place.ask("SELECT count(*) FROM inbox") <= 1, "nothing of it need be remembered"


async def test_callbacks_that_come_during_a_commit_share_the_next(house: Small) -> None:
    intake = Intake(house.core, _nothing, lambda *_: "")
    work, commits = house.store.work, list[object]()

    async def counted(job: Callable[..., object]) -> object:
        commits.append(job)
        return await work(job)

    house.store.work = counted  # type: ignore[assignment, method-assign]
    async with house.store.write():  # the disk takes its time over what came before
        keeping = [asyncio.create_task(intake.keep("t", [(str(n), {})])) for n in range(3)]
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        keeping += [asyncio.create_task(intake.keep("t", [(str(n), {})])) for n in range(3, 40)]
        done, _ = await asyncio.wait(keeping, timeout=0.1)
        assert not done, "answered before it was kept"
    await asyncio.gather(*keeping)
    assert len(commits) == 2
    assert await house.store.work(lambda db: db.exec_driver_sql("PRAGMA synchronous").scalar()) == 2


async def test_one_that_cannot_be_written_does_not_take_the_others_with_it(house: Small) -> None:
    aside: list[str] = []

    async def put(source: str, event_id: str, update: object, error: Exception) -> None:
        aside.append(event_id)

    intake = Intake(house.core, _nothing, lambda *_: "", aside=put)
    names = ("a", "\ud800", "b")
    await asyncio.gather(*(intake.keep("t", [(name, {})]) for name in names))
    await intake.keep("t", [("c", {}), ("\ud801", {}), ("d", {})])
    assert aside == ["\ud800", "\ud801"]
    kept = await house.store.work(
        lambda db: db.exec_driver_sql("SELECT event_id FROM inbox ORDER BY 1").scalars().all()
    )
    assert kept == ["a", "b", "c", "d"]


async def test_one_bad_event_does_not_lose_the_others_of_its_batch(house: Small) -> None:
    number = await house.approved()
    await house.run_until(number, "completed")  # type: ignore[arg-type]
    claimed = list(await _deliveries(house, number))
    news = News(lambda _, update: [_read(update)], lambda _, told: _settle(house, told))

    async def alone(_: str, update: dict[str, int]) -> None:
        await _settle(house, [_read(update)])

    intake = Intake(house.core, alone, lambda _, update: str(update["of"]), news)
    await intake.keep("t", [(str(one), {"of": one}) for one in [*claimed[:5], -1, *claimed[5:]]])
    running = asyncio.create_task(intake.run())
    try:
        async with asyncio.timeout(60):
            while (await house.ledger.counts(number)).get(D.READ) != len(claimed):
                await asyncio.sleep(0.02)
        assert intake.waiting == 1, "the bad one is tried again"
    finally:
        running.cancel()


async def _nothing(*_: object) -> None: ...


def _read(update: dict[str, int]) -> Receipt:
    return Receipt(ReceiptKind.READ, 1.0, delivery_id=update["of"])


async def _settle(house: Small, told: list[Receipt]) -> None:
    if any(one.delivery_id < 0 for one in told):
        raise ValueError("bad")
    await receipts.apply_receipts(house.core, "telegram", "default", told)


async def _deliveries(house: Small, number: int) -> list[int]:
    return await house.store.work(
        lambda db: list(
            db.exec_driver_sql(
                "SELECT delivery_id FROM delivery WHERE broadcast_id = ?", (number,)
            ).scalars()
        )
    )
