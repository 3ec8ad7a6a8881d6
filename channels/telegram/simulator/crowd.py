"""A crowd that comes to the bot the way people do: /start, read, press the button, or not."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Any

from channels._kit.sandbox_world import Json
from channels.telegram.simulator.account import Account
from channels.telegram.simulator.hand import Hand
from channels.telegram.simulator.keyboard import buttons
from channels.telegram.simulator.platform import Platform

_COMING, _STARTED, _ASKED, _PRESSED, _CONFIRMED = 1, 2, 3, 4, 5
_BACKLOG = 2000  # unread updates at which the crowd waits for the bot to catch up


@dataclass(slots=True, frozen=True)
class Wish:
    """What the crowd shall do."""

    offset: int
    count: int
    opt_in_share: float = 0.9
    block_share: float = 0.0
    payload: str = ""
    rate: float = 0.0  # people a second; 0: as fast as the bot reads
    button: str = "s:"


class Crowd:
    """People offset..offset+count walking through the door; driven by the bot's answers."""

    def __init__(self, number: int, platform: Platform, account: Account, wish: Wish) -> None:
        self.number = number
        self._platform = platform
        self._account = account
        self._hand = Hand(platform)
        self._wish = wish
        self._state = bytearray(wish.count)
        self.counts = dict.fromkeys(
            ("started", "asked", "pressed", "silent", "confirmed", "blocked"), 0
        )
        self._began = time.monotonic()
        platform.listeners.append(self._listen)
        self._task = asyncio.get_running_loop().create_task(self._walk())

    def close(self) -> None:
        """The crowd goes home."""
        self._task.cancel()
        if self._listen in self._platform.listeners:
            self._platform.listeners.remove(self._listen)

    def describe(self) -> Json:
        """Progress. `done`: everybody came, was asked, and those who opt in heard back."""
        count = self.counts
        settled = count["confirmed"] + count["silent"] >= self._wish.count
        failed = self._task.done() and not self._task.cancelled() and self._task.exception()
        return {
            "crowd": self.number,
            "count": self._wish.count,
            **count,
            "done": self._task.done() and settled,
            "error": repr(failed) if failed else None,
            "pending_updates": len(self._account.updates),
        }

    async def _walk(self) -> None:
        start = "/start" + (f" {self._wish.payload}" if self._wish.payload else "")
        began = time.monotonic()
        people = self._platform.world.people
        for place in range(self._wish.count):
            while len(self._account.updates) > _BACKLOG:
                await asyncio.sleep(0.02)
            if self._wish.rate:
                ahead = place / self._wish.rate - (time.monotonic() - began)
                if ahead > 0.005:
                    await asyncio.sleep(ahead)
            elif place % 50 == 49:
                await asyncio.sleep(0)  # the bot's requests want to be served too
            self._state[place] = _STARTED
            self.counts["started"] += 1
            person_id = people.id_at(self._wish.offset + place)
            self._hand.say(self._account, person_id, {"text": start})

    def _listen(self, account: Account, chat_id: int, message: Json) -> None:
        """A message reached somebody: perhaps one of us, perhaps with the button."""
        if account is not self._account:
            return
        index = self._platform.world.people.index(chat_id)
        place = -1 if index is None else index - self._wish.offset
        if not 0 <= place < self._wish.count:
            return
        state = self._state[place]
        if state == _PRESSED:
            self._state[place] = _CONFIRMED
            self.counts["confirmed"] += 1
            self._perhaps_block(place, chat_id)
        elif state == _STARTED and (data := self._wanted(message)):
            self._state[place] = _ASKED
            self.counts["asked"] += 1
            trait = self._platform.world.people.draw(self._wish.offset + place, "opts in")
            if trait < self._wish.opt_in_share:
                # Not from inside the bot's own request: it must have its answer first.
                asyncio.get_running_loop().call_soon(
                    self._press, place, chat_id, message["message_id"], data
                )
            else:
                self.counts["silent"] += 1

    def _wanted(self, message: Json) -> str | None:
        for button in buttons(message):
            data = button.get("callback_data", "")
            if data.startswith(self._wish.button):
                return str(data)
        return None

    def _press(self, place: int, person_id: int, message_id: int, data: str) -> None:
        self._state[place] = _PRESSED
        self.counts["pressed"] += 1
        self._hand.press_data(self._account, person_id, message_id, data)

    def _perhaps_block(self, place: int, person_id: int) -> None:
        trait = self._platform.world.people.draw(self._wish.offset + place, "blocks")
        if trait < self._wish.block_share:
            self.counts["blocked"] += 1
            self._hand.block(self._account, person_id, silent=True)


def wish_of(data: dict[str, Any], people: int) -> Wish:
    """Reads what the control API was asked for."""
    offset = int(data.get("offset", 0))
    count = int(data.get("count", people - offset))
    if count < 0 or offset < 0 or offset + count > people:
        raise ValueError(f"there are only {people} people")
    return Wish(
        offset=offset,
        count=count,
        opt_in_share=float(data.get("opt_in_share", 0.9)),
        block_share=float(data.get("block_share", 0.0)),
        payload=str(data.get("payload") or ""),
        rate=float(data.get("rate") or 0.0),
        button=str(data.get("button", "s:")),
    )
