"""What every channel has to keep: the same suite for each, against its own simulator."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import channels
from bot.settings import load
from broadcast.channel import Channel, Envelope, StoredMedia
from broadcast.engine.pacing import Pacer
from broadcast.message import LinkButton, Media, MediaKind, Message, RichText
from broadcast.outcome import Accepted, Deferred, Scope, Uncertain
from broadcast.states import BroadcastStatus as S
from broadcast.states import DeliveryStatus as D
from sandbox.server import Sandbox, running
from tests.contract.channels import ENTRIES, Entry, same
from tests.contract.stage import stage

ADA, BEN = 1_000_000_001, 1_000_000_002
everywhere = pytest.mark.parametrize("name", ENTRIES)


class Shelf:
    """Files as the store keeps them for the account under test."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self._sandbox, self._folder = sandbox, folder
        self.handles: dict[int, str] = {}
        self.gone: set[int] = set()
        self.media: dict[int, Media] = {}

    def put(self, kind: MediaKind) -> Media:
        name, mime, content = self._sandbox.world.sample(kind.value)
        number = len(self.media) + 1
        (self._folder / str(number)).write_bytes(content)
        made = Media(media_id=number, kind=kind, filename=name, mime=mime, size=len(content))
        self.media[number] = made
        return made

    async def find(self, number: int) -> StoredMedia:
        path = None if number in self.gone else str(self._folder / str(number))
        return StoredMedia(self.media[number], path, self.handles.get(number))


class Bench:
    """One channel opened alone, with two people who wrote to it."""

    def __init__(self, sandbox: Sandbox, entry: Entry, channel: Channel, shelf: Shelf) -> None:
        self.sandbox, self.entry, self.channel, self.shelf = sandbox, entry, channel, shelf
        self._number = 0

    async def address(self, person: int) -> str:
        if self.entry.name == "telegram":
            return str(person)
        found = await self.sandbox.do("contact", "GET", channel=self.entry.name, person=person)
        return str(found["user_id" if self.entry.name == "whatsapp" else "psid"])

    async def send(self, message: Message | str, person: int = ADA) -> Any:
        self._number += 1
        if isinstance(message, str):
            message = Message(text=RichText(text=message))
        return await self.channel.send(
            Envelope(self._number, await self.address(person), message, name="Ada")
        )

    async def shown(self, person: int = ADA) -> str:
        """Everything on the person's screen, as one text to look into."""
        chat = await self.sandbox.do("chat", "GET", channel=self.entry.name, person=person)
        return str(chat["messages"])

    async def fault(self, **fault: Any) -> None:
        fault = {"method": self.entry.method, "channel": self.entry.name} | fault
        await self.sandbox.do("faults", "DELETE")
        if fault.get("kind"):
            await self.sandbox.do("faults", **fault)


@contextlib.asynccontextmanager
async def opened(
    sandbox: Sandbox, entry: Entry, folder: Path, shelf: Shelf
) -> AsyncIterator[Bench]:
    (folder / "tellal.toml").write_text(entry.section(sandbox.url))
    with contextlib.chdir(folder):
        account = next(a for a in load().accounts() if a.channel == entry.name)

    async def nothing(_: Any) -> Any:
        return []

    channel = channels.load(entry.name).build(
        account.config, account="default", pace=Pacer(0), find_media=shelf.find, hear=nothing,
        report=nothing, alert=nothing, language="en",
    )  # fmt: skip
    await channel.open()
    try:
        yield Bench(sandbox, entry, channel, shelf)
    finally:
        await channel.close()


@pytest.fixture
async def bench(name: str, tmp_path: Path) -> AsyncIterator[Bench]:
    async with running(people=20, rates={"*": 0}) as sandbox:
        entry = ENTRIES[name]
        shelf = Shelf(sandbox, tmp_path)
        async with opened(sandbox, entry, tmp_path, shelf) as made:
            await entry.lift(sandbox)
            for person in (ADA, BEN):
                await sandbox.do("say", channel=name, person=person, text="hello")
            yield made


@everywhere
async def test_a_text_arrives_with_its_words_and_its_link(bench: Bench) -> None:
    button = LinkButton(label="Read on", url="https://example.org/water")
    message = Message(text=RichText(text="Water is off"), buttons=((button,),))
    assert bench.channel.check(message) == []
    said = await bench.send(message)
    assert isinstance(said, Accepted) and all(said.receipt_ids)
    shown = await bench.shown()
    assert "Water is off" in shown and "https://example.org/water" in shown
    assert bench.channel.cost(message) == 1


@everywhere
async def test_a_file_is_uploaded_once_and_used_again(bench: Bench, tmp_path: Path) -> None:
    for kind in map(MediaKind, sorted(bench.channel.capabilities.media)):
        made = bench.shelf.put(kind)
        message = Message(text=RichText(text=f"with a {kind.value}"), media=(made,))
        if problems := bench.channel.check(message):
            assert all(problem.template for problem in problems)
            continue
        first = await bench.send(message)
        assert isinstance(first, Accepted), (kind, first)
        assert first.media_handles, f"{kind}: the store is told the platform's id"
        bench.shelf.handles |= first.media_handles
        bench.shelf.gone.add(made.media_id)
        assert isinstance(await bench.send(message, BEN), Accepted)
        async with opened(bench.sandbox, bench.entry, tmp_path, bench.shelf) as again:
            said = await again.send(message, BEN)  # after a restart, with the bytes gone
            assert isinstance(said, Accepted) and not said.media_handles, (kind, said)


@everywhere
async def test_several_files_arrive_or_are_a_problem_before_approval(bench: Bench) -> None:
    media = tuple(bench.shelf.put(MediaKind.PHOTO) for _ in range(2))
    message = Message(text=RichText(text="an album"), media=media)
    if bench.channel.check(message):
        assert bench.channel.capabilities.max_album == 1
        return
    said = await bench.send(message)
    assert isinstance(said, Accepted) and len(said.receipt_ids) >= 2
    assert bench.channel.cost(message) >= 2


@everywhere
async def test_what_is_too_long_is_a_problem_before_approval(bench: Bench) -> None:
    too_long = Message(text=RichText(text="x" * (bench.channel.capabilities.max_text + 1)))
    assert bench.channel.check(too_long)
    fits = Message(text=RichText(text="x" * (bench.channel.capabilities.max_text - 100)))
    assert bench.channel.check(fits) == []
    assert isinstance(await bench.send(fits), Accepted)


@everywhere
async def test_each_refusal_of_the_platform_means_what_the_facts_say(bench: Bench) -> None:
    wrong = {}
    for fault, wanted in bench.entry.errors:
        await bench.fault(**fault)
        said = await bench.send("refused")
        if not same(said, wanted):
            wrong[str(fault)] = said
    assert not wrong
    await bench.fault(kind="")
    assert isinstance(await bench.send("and now it works"), Accepted)


@everywhere
async def test_what_may_have_arrived_is_uncertain_and_what_cannot_have_is_tried_again(
    bench: Bench,
) -> None:
    for kind in ("drop_after", "garbage"):
        await bench.fault(kind=kind)
        assert isinstance(await bench.send(kind), Uncertain), kind
        assert kind in await bench.shown()
    await bench.fault(kind="error", status=502, html=True, delivered=True)
    assert isinstance(await bench.send("a proxy spoke"), Uncertain)
    await bench.fault(kind="flood", retry_after=2)
    said = await bench.send("too fast")
    assert isinstance(said, Deferred) and said.scope is Scope.ACCOUNT and said.retry_after > 0
    await bench.fault(kind="")


@everywhere
async def test_people_join_and_leave_and_hearing_it_twice_changes_nothing(
    name: str, tmp_path: Path
) -> None:
    entry = ENTRIES[name]
    async with (
        running(people=20, rates={"*": 0}) as sandbox,
        stage(sandbox, tmp_path, *dict.fromkeys(("telegram", name))) as made,
    ):
        await made.joined(name, ADA)
        await made.joined(name, BEN)
        number = await made.approved("First")
        await made.became(number, S.COMPLETED)
        receipts = made.core.channels[(name, "default")].capabilities.receipts
        await made.settled(number, D.READ if receipts else D.SENT)
        await entry.leave(sandbox, ADA)

        async def gone() -> bool:
            return len(await made.consents(name, "opted_out")) == 1

        await made.until(gone)
        await sandbox.do("redeliver", channel=name)
        number = await made.approved("Second")
        await made.became(number, S.COMPLETED)
        assert await made.got(name, "First") == {str(ADA): 1, str(BEN): 1}
        assert await made.got(name, "Second") == {str(BEN): 1}
        events = await made.ask("SELECT kind, count(*) FROM consent_event GROUP BY kind")
        counts: dict[str, int] = dict(map(tuple, events))
        assert (counts["opt_in"], counts["opt_out"]) == (2, 1)
