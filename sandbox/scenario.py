"""The story `tellal demo --play` tells, by the control API alone: people, buttons, faults, a kill.

Every step waits for what it expects to see and raises Deviation with the sentence that failed.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from sandbox.joining import Joining
from sandbox.meta_stage import META
from sandbox.people import FIRST_ID
from sandbox.slack_stage import SlackStage, texts
from sandbox.stage import Deviation

AUTHOR, APPROVER = 7001, 7002
WRITER = "U0ECE"  # the author in Slack; AUTHOR is her phone
MARK = "Su kesintisi"
CAPTION = f"{MARK}: yarın 10:00-14:00. Water will be off tomorrow, 10:00-14:00."
NAMES = {"telegram": "Telegram", "whatsapp": "WhatsApp", "messenger": "Messenger"}
CHANNELS = tuple(NAMES)
_HOURS = 6  # after which every phone has been on


@dataclass(kw_only=True)
class Story(SlackStage, Joining):
    """`stopped`: who says STOP before their turn; `enough`: who presses it under the message."""

    stopped: dict[str, int] = field(default_factory=dict)
    enough: dict[str, int] = field(default_factory=dict)

    async def tell(self) -> None:
        self.say("Stand-ins of Telegram, WhatsApp, Messenger and Slack are up; now the real bot.")
        claim = await self._opening()
        await self._team(claim)
        await self.come()
        broadcast = await self._compose()
        await self._approve(broadcast)
        await self._storm()
        await self._afterwards(broadcast)
        await self._ending()

    async def received(self, channel: str = "telegram") -> dict[int, int]:
        """How often each subscriber's phone shows the message."""
        found = await self.ask("received", "GET", channel=channel, contains=MARK)
        counts = {int(person): n for person, n in found["counts"].items()}
        return {person: n for person, n in counts.items() if person not in {AUTHOR, APPROVER}}

    async def arrived(self) -> int:
        """Messages on the phones of all three platforms."""
        return sum([sum((await self.received(channel)).values()) for channel in CHANNELS])

    async def around(self) -> str:
        seen = [m.get("text") or m.get("caption") for m in (await self.messages(AUTHOR))[-6:]]
        there = ["\n".join(texts(blocks)) for blocks, _ in (await self.surfaces(WRITER))[-6:]]
        return f"; Ece's phone ends: {seen}; her Slack ends: {there}"

    async def _opening(self) -> str:
        await self.ask("people", id=AUTHOR, name="Ece Yılmaz", language="tr")
        await self.ask("people", id=APPROVER, name="Murat Demir", language="en")
        await self.ask("limits", per_second=0)
        pace: dict[str, Any] = {"delivered_seconds": 0.5, "read_seconds": 1.5}
        for channel in META:
            await self.ask("pace", channel=channel, **pace)
        claim = await self.product.start()
        await self.webhooks(self.product.product_url)
        self.say("The bot is up, `tellal claim` showed a code; Meta's webhooks point to it.")
        return claim

    async def _team(self, claim: str) -> None:
        await self.command(WRITER, f"join claim-{claim}")
        await self.slack_button(WRITER, "new")
        await self.command(WRITER, "invite approver")
        code = (await self.slack_see(WRITER, "an invitation", r"invite-[\w-]+"))[0]
        await self.ask("say", person=APPROVER, text=f"/start {code}")
        await self.button(APPROVER, "status")
        self.say("Ece claimed the install in Slack; Murat joined from his phone as approver.")
        await self.command(WRITER, "link")
        code = (await self.slack_see(WRITER, "a code for her phone", r"link-(\w{8})"))[1]
        await self.ask("say", person=AUTHOR, text=f"/link {code}")
        await self.press(AUTHOR, f"link {code} yes")
        await self.slack_press(WRITER, "link yes")
        await self.button(AUTHOR, "menu")
        self.say("Ece linked her phone, with a yes on both: there she is the same person.")

    async def _compose(self) -> int:
        await self.command(WRITER, "new")
        await self.submit(
            WRITER,
            text=CAPTION.replace(MARK, f"*{MARK}*", 1),
            files=["photo"],
            buttons="Read more - https://example.org/water",
        )
        line, _ = await self.slack_button(WRITER, "submit")
        broadcast = int(line.split()[1])

        async def preview() -> bool:
            view = await self.slack("modal", WRITER)
            blocks = view["blocks"] if view else []
            kinds = {block["type"] for block in blocks}
            drawn = str(blocks)
            bold = f"'text': '{MARK}', 'style': {{'bold': True}}" in drawn
            return bold and "image" in kinds and "https://example.org/water" in drawn

        await self.until("the preview with photo, bold words and button", preview)
        await self.slack_press(WRITER, f"outside {broadcast}")
        await self.slack_press(WRITER, f"outside {broadcast} wait")
        self.say(
            f"Ece wrote broadcast {broadcast} in Slack, with a photo and a button, and saw it. "
            "Who is outside their 24 hours shall get it when they write."
        )
        return broadcast

    async def _approve(self, broadcast: int) -> None:
        await self.slack_press(WRITER, f"submit {broadcast}")
        await self.slack("close", WRITER)
        await self.slack_button(WRITER, f"approve {broadcast} ")
        _, data = await self.button(APPROVER, f"approve {broadcast}")
        await self.ask("say", person=AUTHOR, text="/" + data.removeprefix("a:"))
        await self.slack_press(WRITER, f"approve {broadcast} ")
        await asyncio.sleep(1.0)
        if await self.arrived():
            raise Deviation("something was sent before the approval")
        await self.button(APPROVER, f"approve {broadcast}")
        self.say("Ece tried to approve her own, in Slack and from her phone: refused.")
        await self._faults()
        await self.press(APPROVER, f"approve {broadcast}")
        await self.button(AUTHOR, f"cancel {broadcast}")
        await self.slack_see(WRITER, "the card that says who decided", "Murat Demir, ")
        if await self.arrived():
            raise Deviation("something was sent during the undo hold")
        self.say("Murat approved on Telegram; the card in Slack says so, the hold counts down.")

    async def _faults(self) -> None:
        everyone = (await self.ask("people", "GET", offset=0, count=self.people))["people"]
        blockers = [p["id"] for p in everyone[20:60:4]]
        await self.ask("block", people=blockers, silent=True)
        page = FIRST_ID + self.place("messenger")
        await self.ask("block", channel="messenger", people=[page + 3, page + 7])
        faults: tuple[dict[str, Any], ...] = (
            {"kind": "flood", "count": 3, "skip": 40, "retry_after": 1},
            {"kind": "error", "count": 6, "skip": 60, "status": 500},
            {"kind": "drop_after", "count": 2, "skip": 90},
        )
        for fault in faults:
            await self.ask("faults", channel="telegram", method="sendPhoto", **fault)
        lost: dict[str, Any] = {"kind": "drop_after", "count": 1, "skip": 8}
        for channel in META:
            await self.ask("faults", channel=channel, method="messages", **lost)
        gone: dict[str, Any] = {
            "kind": "code",
            "code": 131026,
            "when": "webhook",
            "count": 1,
            "skip": 12,
        }
        await self.ask("faults", channel="whatsapp", method="messages", **gone)
        self.stopped = {
            "telegram": everyone[-1]["id"],
            "whatsapp": await self._last_on_whatsapp(),
        }

    async def _last_on_whatsapp(self) -> int:
        end = FIRST_ID + self.place("whatsapp") + self.meta_people
        for person in range(end - 1, end - self.meta_people, -1):
            if (await self.contact("whatsapp", person=person))["on_whatsapp"]:
                return person
        raise Deviation("nobody is on WhatsApp")

    async def _storm(self) -> None:
        async def begun() -> bool:
            return len(await self.received()) >= 10

        await self.until("the fan-out under way", begun)
        for channel, person in self.stopped.items():
            await self.ask("say", channel=channel, person=person, text="STOP")

        async def half() -> bool:
            return len(await self.received()) >= self.people * 0.4

        await self.until("half of it sent", half)
        self.product.kill()
        counts = [f"{len(await self.received(c))} on {name}" for c, name in NAMES.items()]
        self.say(f"Killed with SIGKILL after {', '.join(counts)}.")
        await self.product.start()
        self.say("Started again on the same database.")

    async def _afterwards(self, broadcast: int) -> None:
        """Who has it presses Stop under it; who is waited for writes."""
        for channel in META:
            person = self.enough[channel] = next(iter(await self.received(channel)))
            await self.phone_press(channel, person, "s:out")
            await self.phone_see(channel, person, "a goodbye", "s:in")
        self.say("One on WhatsApp and one on Messenger had enough and pressed Stop messages.")
        await self.button(AUTHOR, f"report {broadcast}")  # there while it waits, not while it runs
        writes, leaves = self.away
        await self.ask("say", channel="whatsapp", person=writes, text="Su ne zaman gelecek?")
        await self.phone_see("whatsapp", writes, "the message that waited", MARK)
        await self.ask("say", channel="whatsapp", person=leaves, text="DUR")
        self.say("It waited for the two without a window: one wrote and got it, one wrote DUR.")

    async def _ending(self) -> None:
        await self.button(AUTHOR, "missed")
        await self.slack_button(WRITER, "missed")
        self.say("The card became the report, on the phone and in the channel.")
        for channel in META:
            await self.ask("advance", channel=channel, seconds=_HOURS * 3600)
        self.say("Six hours on, the phones that were off are on: their ticks come by webhook.")
