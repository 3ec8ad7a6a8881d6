"""Whatever the network does to a send: who is called sent has it, who is called failed has not, and
nobody has it twice. On the real channels, through a proxy that means no good."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from importlib import import_module
from typing import Any

import pytest

import channels
from broadcast.channel import Envelope
from broadcast.engine.pacing import Pacer
from broadcast.message import Message, RichText
from broadcast.outcome import Accepted, Deferred, Outcome, Refused, Uncertain
from channels._kit import http
from lab import demo_world
from sandbox.hostile import HARMLESS, MODES, HostileProxy, hostile
from sandbox.server import Sandbox, running
from tests.contract.channels import ENTRIES

PATHS = ("/sendMessage", "/messages")
FIRST, PEOPLE = 1_000_000_001, 12
WHERE = {"telegram": "", "whatsapp": "/graph/whatsapp", "messenger": "/graph/messenger"}
MORE = {"telegram": {"token": "7000:hostile"}}
everywhere = pytest.mark.parametrize("name", ENTRIES)


async def nothing(*_: Any, **__: Any) -> Any:
    return []


@pytest.fixture
async def sandbox(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Sandbox]:
    monkeypatch.setattr(http, "_ANSWER_SECONDS", 0.6)
    monkeypatch.setattr(http, "_LOOK_SECONDS", 0.1)
    async with running(people=PEOPLE + 10, rates={"*": 0}) as made:
        yield made


class Account:
    """A channel behind the proxy, with people who may be written to."""

    def __init__(self, sandbox: Sandbox, name: str, channel: Any) -> None:
        self.sandbox, self.name, self.channel = sandbox, name, channel
        self.addresses: dict[str, int] = {}

    async def know(self) -> None:
        entry = ENTRIES[self.name]
        for person in range(FIRST, FIRST + PEOPLE):
            if self.name == "telegram":
                await self.sandbox.do("start", people=[person])
                self.addresses[str(person)] = person
                continue
            with contextlib.suppress(ValueError):  # not everybody is on WhatsApp
                await entry.join(self.sandbox, person)
                found = await self.sandbox.do("contact", "GET", channel=self.name, person=person)
                key = "user_id" if self.name == "whatsapp" else "psid"
                self.addresses[str(found[key])] = person

    async def send(self, address: str, words: str) -> Outcome:
        message = Message(text=RichText(text=words))
        outcome: Outcome = await self.channel.send(Envelope(1, address, message))
        return outcome

    async def phones(self, words: str) -> Counter[int]:
        """How often each person's phone shows these words, once nothing is under way any more."""
        before: Counter[int] | None = None
        while True:
            found = await self.sandbox.do("received", "GET", channel=self.name, contains=words)
            now = Counter({int(person): n for person, n in found["counts"].items()})
            if now == before:
                return now
            before = now
            await asyncio.sleep(0.1)


async def account(sandbox: Sandbox, name: str, url: str) -> Account:
    given = {
        key.removeprefix(f"TELLAL_{name.upper()}__").lower(): value
        for key, value in demo_world.platforms(sandbox.url).items()
        if key.startswith(f"TELLAL_{name.upper()}__")
    }
    config = import_module(f"channels.{name}.config").Config.model_validate(
        given | {"api_url": url} | MORE.get(name, {})
    )
    parts: dict[str, Any] = {} if name == "telegram" else {"alert": nothing, "language": "en"}
    channel = channels.load(name).build(
        config, account="default", pace=Pacer(0), find_media=nothing, hear=nothing,
        report=nothing, **parts,
    )  # fmt: skip
    await channel.open()
    if name == "telegram":
        await sandbox.do("bots", token=MORE[name]["token"])
    await ENTRIES[name].lift(sandbox)
    made = Account(sandbox, name, channel)
    await made.know()
    return made


async def broadcast(made: Account, proxy: HostileProxy, words: str) -> dict[str, Outcome]:
    """To everybody, as the engine would: what was put off is tried again, at last without trouble."""
    ended: dict[str, Outcome] = {}
    for last in (False, False, True):
        proxy.modes = () if last else proxy.modes
        left = [one for one in made.addresses if isinstance(ended.get(one), Deferred | None)]
        said = await asyncio.gather(*(made.send(one, words) for one in left))
        ended |= dict(zip(left, said, strict=True))
    return ended


def judge(made: Account, ended: dict[str, Outcome], phones: Counter[int]) -> None:
    assert all(count == 1 for count in phones.values()), "nobody twice"
    for address, outcome in ended.items():
        has_it = bool(phones[made.addresses[address]])
        if isinstance(outcome, Accepted):
            assert has_it, f"{address} is called sent"
        elif isinstance(outcome, Refused):
            assert not has_it, f"{address} is called failed"
        else:
            assert isinstance(outcome, Uncertain), "what was put off was tried again"


@everywhere
@pytest.mark.parametrize("mode", MODES)
async def test_one_kind_of_trouble(
    sandbox: Sandbox, name: str, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if mode in HARMLESS:  # slow is not silent, also where the machine is busy
        monkeypatch.setattr(http, "_ANSWER_SECONDS", 30.0)
    async with hostile(sandbox.url + WHERE[name], PATHS) as proxy:
        made = await account(sandbox, name, proxy.url)
        proxy.modes = (mode,)
        words = f"Water is off {mode}"
        ended = await broadcast(made, proxy, words)
        judge(made, ended, await made.phones(words))
        assert proxy.struck[mode]
        if mode in HARMLESS:
            assert all(isinstance(said, Accepted) for said in ended.values()), ended
        await made.channel.close()


@everywhere
@pytest.mark.parametrize("seed", range(3))
async def test_all_of_it_at_once_between_good_answers(
    sandbox: Sandbox, name: str, seed: int
) -> None:
    """On connections that are used again: an answer is never taken for another request's."""
    async with hostile(sandbox.url + WHERE[name], PATHS, seed) as proxy:
        made = await account(sandbox, name, proxy.url)
        for number in range(6):
            proxy.modes = (*MODES, *["well"] * len(MODES))
            words = f"Water is off, round {number}."
            ended = await broadcast(made, proxy, words)
            judge(made, ended, await made.phones(words))
        await made.channel.close()


@everywhere
@pytest.mark.parametrize("then", ["reset_before", "closed_before", "portal", "page_502", "silent"])
async def test_an_answer_too_many_is_not_taken_for_the_next_ones(
    sandbox: Sandbox, name: str, then: str
) -> None:
    async with hostile(sandbox.url + WHERE[name], PATHS) as proxy:
        made = await account(sandbox, name, proxy.url)
        first, second, *_ = made.addresses
        proxy.modes = ("twice_answered",)
        assert isinstance(await made.send(first, "one"), Accepted)
        await asyncio.sleep(0.1)  # the second copy is there, on a connection that waits
        proxy.modes = (then,)
        assert not isinstance(await made.send(second, "two"), Accepted)
        await made.channel.close()


@everywhere
@pytest.mark.parametrize("scheme", ["https", "nowhere", "refused"])
async def test_what_never_left_is_put_off(sandbox: Sandbox, name: str, scheme: str) -> None:
    """TLS refused, no such host, no such port: nobody is uncertain."""
    url = {
        "https": sandbox.url.replace("http:", "https:"),
        "nowhere": "https://tellal-nowhere.invalid",
        "refused": "http://127.0.0.1:9",
    }[scheme]
    made = await account(sandbox, name, url + WHERE[name])
    for said in await asyncio.gather(*(made.send(one, "Gone") for one in made.addresses)):
        assert isinstance(said, Deferred), said
    assert not await made.phones("Gone")
    await made.channel.close()
