"""The figures of a list: each number against the people themselves, counted one by one."""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import bindparam, text, update
from sqlmodel import col

from bot.handlers.subscribers import words_of
from broadcast.inbound import Inbound, InboundKind
from broadcast.language import speech
from broadcast.models import Address, Subscriber
from broadcast.services import posters, subscribe, subscribers
from broadcast.services.subscribers import Figures
from broadcast.states import BroadcastStatus
from broadcast.store import subscribers as store
from tests.scenario.house import House

CHANNELS = ("telegram", "whatsapp")
IN = "consent = 'opted_in' AND suppressed <> 'platform_stop'"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = await House(tmp_path).open()
    yield made
    await made.store.close()


class Town:
    """People who come and go, and what became of each, seen from outside."""

    def __init__(self, house: House) -> None:
        self.house, self.core, self.events = house, house.core, 0
        self.joined, self.left = Counter[int](), Counter[int]()  # by whole weeks since the start
        self.by_channel: dict[str, Counter[str]] = {c: Counter() for c in CHANNELS}
        self.start = house.now

    async def inside(self, by: str = "subscriber_id") -> set[object]:
        async with self.core.store.read() as session:
            return set(await session.scalars(text(f"SELECT {by} FROM address WHERE {IN}")))

    async def hears(self, channel: str, who: str, kind: InboundKind, said: str = "") -> None:
        before, places = await self.inside(), await self.inside("channel || ':' || value")
        self.events += 1
        word = {"text": said} if kind == InboundKind.TEXT else {"payload": said}
        await subscribe.hear(
            self.core, Inbound(f"e{self.events}", channel, "default", who, kind, **word)
        )
        after, now = await self.inside(), await self.inside("channel || ':' || value")
        week = (self.house.now - self.start).days // 7
        self.joined[week] += len(after - before)
        self.left[week] += len(before - after)
        for name, moved in (("joined", now - places), ("left", places - now)):
            for place in moved:
                self.by_channel[str(place).partition(":")[0]][name] += 1

    async def known_as_one(self, who: str) -> None:
        """The same person on both channels."""
        for channel in CHANNELS:
            await self.hears(channel, who, InboundKind.START)
        async with self.core.store.write() as session:
            first = await session.scalar(
                text("SELECT min(subscriber_id) FROM address WHERE value = :v"), {"v": who}
            )
            await session.execute(
                update(Address).where(col(Address.value) == who).values(subscriber_id=first)
            )


def adds_up(found: Figures) -> None:
    """Whatever is shown in two ways is the same number."""
    assert sum(one.now for one in found.languages.values()) == found.people
    assert sum(one.now for one in found.channels.values()) == found.people + found.several
    spoken = [one.moves for one in found.languages.values()]
    assert sum(one.joined for one in spoken) == found.lately.joined
    assert sum(one.left for one in spoken) == found.lately.left
    assert sum(one.left for one in found.after) <= sum(week.left for week in found.weeks)


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_people_do_the_weeks_are_what_was_seen_of_them(
    house: House, seed: int
) -> None:
    rng, town = random.Random(seed), Town(house)
    people = [f"{100 + n}" for n in range(12)]
    for who in people[:6]:
        await town.known_as_one(who)
    deeds = [
        (InboundKind.START, "door"), (InboundKind.TEXT, "JOIN"), (InboundKind.TEXT, "JOIN"),
        (InboundKind.TEXT, "STOP"), (InboundKind.BLOCKED, ""), (InboundKind.CHOICE, "in"),
        (InboundKind.CHOICE, "out"), (InboundKind.CHOICE, "keep"),
        (InboundKind.PLATFORM_STOP, ""), (InboundKind.PLATFORM_RESUME, ""),
    ]  # fmt: skip
    for _ in range(8):
        for _ in range(14):
            kind, said = rng.choice(deeds)
            await town.hears(rng.choice(CHANNELS), rng.choice(people), kind, said)
        house.now += timedelta(days=7)
    house.now -= timedelta(seconds=1)  # the last of them was this week
    found = await subscribers.figures(house.core)
    adds_up(found)
    assert found.people == len(await town.inside())
    weeks = [(week.joined, week.left) for week in found.weeks]
    assert weeks == [(town.joined[n], town.left[n]) for n in range(8)]
    assert found.before(0) == 0
    assert sum(town.joined.values()) > 10 and sum(town.left.values()) > 5


async def test_by_channel_it_counts_places_and_by_person_people(house: House) -> None:
    town = Town(house)
    await town.known_as_one("7")
    for channel in CHANNELS:
        await town.hears(channel, "7", InboundKind.TEXT, "JOIN")
    await town.hears("telegram", "8", InboundKind.TEXT, "JOIN")
    await town.hears("telegram", "8", InboundKind.TEXT, "JOIN")  # a second YES is no second person
    found = await subscribers.figures(house.core)
    adds_up(found)
    assert (found.people, found.several) == (2, 1)
    assert {name: one.now for name, one in found.channels.items()} == {
        "telegram": 2, "whatsapp": 1,
    }  # fmt: skip
    assert (found.lately.joined, found.lately.left) == (2, 0)
    await town.hears("telegram", "7", InboundKind.BLOCKED)  # they are still there on the other
    found = await subscribers.figures(house.core)
    adds_up(found)
    assert (found.people, found.several, found.lately.left) == (2, 0, 0)
    for name, one in found.channels.items():
        assert one.moves.joined == town.by_channel[name]["joined"]
        assert one.moves.left == town.by_channel[name]["left"]


async def test_only_what_the_ledger_says_is_joining_or_leaving(house: House) -> None:
    async with house.store.write() as session:
        for number in range(3):
            row = Subscriber(language="tr", created_at=house.now)
            session.add(row)
            await session.flush()
            session.add(
                Address(
                    subscriber_id=row.subscriber_id or 0, channel="telegram", value=str(number),
                    consent="opted_in", suppressed="deactivated" if number == 0 else "",
                )
            )  # fmt: skip
    town = Town(house)
    await town.hears("telegram", "1", InboundKind.TEXT, "STOP")
    found = await subscribers.figures(house.core)
    adds_up(found)
    assert (found.people, found.unreachable, found.before(0)) == (2, 1, 2)
    assert (found.lately.joined, found.lately.left) == (0, 0)
    assert set(found.languages) == {"tr"}


async def test_who_leaves_soon_after_a_broadcast_left_because_of_the_last_they_got(
    house: House,
) -> None:
    town = Town(house)
    for who in ("1", "2", "3", "4"):
        await town.hears("telegram", who, InboundKind.TEXT, "JOIN")
    sent = []
    for _ in range(2):
        number = await house.approved()
        await house.run_until(number, BroadcastStatus.COMPLETED)
        sent.append(number)
    at = house.now.timestamp()
    async with house.store.write() as session:
        for number, hours in ((sent[0], -5), (sent[1], -2)):
            await session.execute(
                text("UPDATE delivery SET sent_at = :at WHERE broadcast_id = :b"),
                {"at": at + hours * 3600, "b": number},
            )
        await session.execute(  # the second one never reached this person
            text("""UPDATE delivery SET sent_at = NULL WHERE broadcast_id = :b AND address_id =
            (SELECT address_id FROM address WHERE value = '2')"""),
            {"b": sent[1]},
        )
    await town.hears("telegram", "1", InboundKind.TEXT, "STOP")
    await town.hears("telegram", "2", InboundKind.BLOCKED)
    house.now += timedelta(hours=30)
    await town.hears("telegram", "3", InboundKind.TEXT, "STOP")  # a day later: of themselves
    found = await subscribers.figures(house.core)
    adds_up(found)
    caused = {one.broadcast.broadcast_id: (one.received, one.left) for one in found.after}
    assert caused == {sent[0]: (4, 1), sent[1]: (4, 1)}


async def test_who_says_stop_again_leaves_no_second_time(house: House) -> None:
    town = Town(house)
    await town.hears("telegram", "1", InboundKind.TEXT, "JOIN")
    for _ in range(3):
        await town.hears("telegram", "1", InboundKind.TEXT, "STOP")
    await town.hears("telegram", "1", InboundKind.BLOCKED)
    await town.hears("telegram", "2", InboundKind.TEXT, "STOP")  # who never joined
    found = await subscribers.figures(house.core)
    adds_up(found)
    assert (found.people, found.lately.joined, found.lately.left) == (0, 1, 1)


async def test_a_poster_counts_who_opened_joined_and_left_again(house: House) -> None:
    door = await posters.make(house.core, house.author, "Kapı afişi")
    market = await posters.make(house.core, house.author, "Market")
    assert door.code == "kapi-afisi"
    town = Town(house)
    for who in ("1", "2", "3"):
        await town.hears("telegram", who, InboundKind.START, door.code)
        await town.hears("telegram", who, InboundKind.START, door.code)
    await town.hears("telegram", "1", InboundKind.CHOICE, "in")
    await town.hears("telegram", "2", InboundKind.CHOICE, "in")
    await town.hears("telegram", "2", InboundKind.BLOCKED)
    await town.hears("whatsapp", "5", InboundKind.TEXT, "JOIN market")
    await town.hears("whatsapp", "6", InboundKind.TEXT, "katıl Market")
    await town.hears("whatsapp", "7", InboundKind.TEXT, "JOIN bazaar")  # there is no such link
    await town.hears("telegram", "8", InboundKind.START, "made-up")
    came = {row.code: counts for row, counts in await posters.count_joined(house.core)}
    assert (came[door.code].opened, came[door.code].joined, came[door.code].left) == (3, 2, 1)
    assert (came[market.code].opened, came[market.code].joined, came[market.code].left) == (2, 2, 0)
    assert set(came) == {door.code, market.code}
    found = await subscribers.figures(house.core)
    adds_up(found)
    assert found.people == 3


async def test_the_text_behind_a_link_joins_and_says_what_is_kept(house: House) -> None:
    await posters.make(house.core, house.author, "door")
    event = Inbound("1", "whatsapp", "default", "5", InboundKind.TEXT, "JOIN door")
    (answer,) = await subscribe.hear(house.core, event)
    assert "will write to you here" in answer.text.text
    assert "we keep your name" in answer.text.text  # they had not been shown it before
    again = await subscribe.hear(house.core, event)
    assert again and (await posters.count_joined(house.core))[0][1].joined == 1


async def test_words_that_only_look_like_a_link_are_heard_as_before(house: House) -> None:
    await posters.make(house.core, house.author, "door")
    for number, said in enumerate(("JOIN door please", "door", "STOP door", "JOIN", "join  DOOR")):
        who = f"5{number}"
        event = Inbound(f"w{number}", "whatsapp", "default", who, InboundKind.TEXT, said)
        await subscribe.hear(house.core, event)
    ((_, came),) = await posters.count_joined(house.core)
    assert (came.opened, came.joined) == (1, 1)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("door", "door"), ("Poster Door!", "poster-door"), ("İĞDE ÇARŞISI", "igde-carsisi"),
        ("Straße №5", "strasse-no5"), ("claim-me", "at-claim-me"), ("link", "at-link"),
        ("invite-1", "at-invite-1"), ("x" * 60, f"at-{'x' * 23}-42f2d"), ("2026", "2026"),
    ],
)  # fmt: skip
def test_a_name_becomes_what_every_link_can_carry(name: str, code: str) -> None:
    assert posters.code_of(name) == code
    assert posters.code_of(code) == code


@pytest.mark.parametrize("name", ["", "…", "🌻", "x" * 61, "\u202e\u200b"])
async def test_a_name_no_link_can_carry_is_refused_with_an_example(house: House, name: str) -> None:
    with pytest.raises(posters.Invalid):
        await posters.make(house.core, house.author, name)


async def test_the_same_name_is_the_same_link_however_it_is_written(house: House) -> None:
    first = await posters.make(house.core, house.author, "Kapı")
    assert (await posters.make(house.core, house.approver, "KAPI ")).poster_id == first.poster_id
    assert len(await posters.count_joined(house.core)) == 1


@pytest.mark.parametrize("language", ["en", "tr"])
async def test_what_is_said_has_numbers_and_nobodys_name(house: House, language: str) -> None:
    town = Town(house)
    await town.hears("telegram", "1", InboundKind.TEXT, "JOIN")
    async with house.store.write() as session:
        await session.execute(update(Subscriber).values(name="Fatma"))
    said = words_of(speech(language), await subscribers.figures(house.core)).text
    assert "Fatma" not in said and "1" in said and "Telegram" in said


async def test_an_empty_house_has_one_zero_and_no_lists(house: House) -> None:
    said = words_of(speech("en"), await subscribers.figures(house.core)).text
    assert said == "0 subscribers"


@pytest.mark.parametrize("name", ["_MOVES", "_CAUSED", "_BY_POSTER", "_RECEIVED"])
async def test_what_moved_is_looked_up_and_no_table_is_read_through(
    house: House, name: str
) -> None:
    statement = getattr(store, name)
    values = {"since": "2026-01-01", "step": 604800, "within": 86400.0, "broadcasts": [1, 2],
              "codes": ["a", "b"]}  # fmt: skip
    plan = text("EXPLAIN QUERY PLAN " + statement.text)
    lists = [key for key in ("broadcasts", "codes") if f":{key}" in statement.text]
    plan = plan.bindparams(*(bindparam(key, expanding=True) for key in lists))
    used = {key: value for key, value in values.items() if f":{key}" in statement.text}
    async with house.store.read() as session:
        steps = [row[3] for row in await session.execute(plan, used)]
    read = [step for step in steps if re.match(r"SCAN (a|b|d|e|s|consent_event)\b", step)]
    assert steps and not read, steps
