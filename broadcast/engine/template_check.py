"""Whether the templates of a running broadcast are still what was approved. Where they are not, or
nobody can see it, that account's part waits; the others go on (docs/decisions/0061)."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping

import structlog
from sqlalchemy.exc import SQLAlchemyError

from broadcast.channel import AccountEvent
from broadcast.clock import steady
from broadcast.context import Core
from broadcast.engine.account_run import Part
from broadcast.language import N_, channel_label
from broadcast.models import Broadcast
from broadcast.services import account_news, approval_standing, compose, templates
from broadcast.services.templates import Key
from broadcast.store import completion

log = structlog.get_logger()
_UNSEEN = N_(
    "I cannot see whether the template of broadcast {id} on {channel} is still the one that was "
    "approved ({why}). That part waits until I can, and I keep trying; everything else goes on."
)
_CHANGED = N_(
    "The template of broadcast {id} on {channel} is not the one that was approved any more. That part "
    "does not go out; everything else goes on."
)
_UNUSABLE = N_(
    "{channel} does not let the template of broadcast {id} go now ({status}). That part waits; "
    "everything else goes on."
)
LOOK_SECONDS = 60.0  # not every platform tells us when somebody changes a template
GOOD_SECONDS = 90.0  # so long after a look that was well, where the next ones cannot be made
_FIRST_PAUSE_SECONDS = 1.0
_STEP_SECONDS = 0.5

Tell = Callable[[str, dict[str, object]], Awaitable[None]]


class Proof:
    """Watches the parts of one run that send templates. Each begins shut; `tell` says a sentence to
    the owners, `halt` ends the run once nothing but what has to wait is left, for `reason`."""

    def __init__(
        self, core: Core, row: Broadcast, parts: Mapping[Key, Part], tell: Tell,
        halt: Callable[[], object],
    ) -> None:  # fmt: skip
        self._core, self._row, self._parts = core, row, parts
        self._tell, self._halt = tell, halt
        self._message = compose.message_of(row)
        self._seen_at: dict[Key, float] = {}  # when it was found as approved
        self._said_at: dict[Key, float] = {}  # when its platform told us of trouble
        self._waits: dict[Key, str] = {}  # for somebody to act: as a pause reason
        self._told: set[tuple[Key, str]] = set()
        self._look, self._setbacks = asyncio.Event(), 0
        self.reason = ""

    def note_account_event(self, key: Key, event: AccountEvent) -> None:
        """Its platform has told us of this template: nothing goes before we have looked, and after
        bad news not before a later look, for its list may be behind its news."""
        part = self._parts.get(key)
        if part is None:
            return
        part.shut()
        self._seen_at.pop(key, None)
        if event.pause:
            self._said_at[key] = steady()
            self._waits[key] = account_news.as_pause_reason(event)
        self._look.set()

    async def keep(self) -> None:
        """Until cancelled."""
        while True:
            self._look.clear()
            begun = steady()
            try:
                unseen = await self._look_once(begun)
            except (SQLAlchemyError, OSError) as error:
                log.error("storage_trouble", error=str(error)[:200])
                unseen = True
            except Exception:  # else the part would wait for ever, and nobody would know
                log.exception("proof_failed")
                unseen = True
            self._setbacks = self._setbacks + 1 if unseen else 0
            await self._rest(begun + self._pause())

    async def _look_once(self, begun: float) -> bool:
        """Whether some platform does not show its templates now."""
        unseen = await templates.look_again(self._core, self._message)
        async with self._core.store.read() as session:
            changed = await approval_standing.templates_changed(
                self._core, session, self._row, gone=True
            )
        for key, part in self._parts.items():
            if key in unseen:
                await self._not_seen(key, part, unseen[key])
            elif why := changed.get(key):
                part.shut()
                self._seen_at.pop(key, None)
                self._waits[key] = account_news.as_pause_reason(
                    AccountEvent(why.sentence, why.values)
                )
                sentence = _UNUSABLE if "status" in why.values else _CHANGED
                await self._say(key, sentence, {"status": why.values.get("status", "")})
            elif self._said_at.get(key, -LOOK_SECONDS) + LOOK_SECONDS <= begun:
                self._seen_at[key] = begun
                self._waits.pop(key, None)
                self._told = {one for one in self._told if one[0] != key}
                part.open()
        return bool(unseen)

    async def _not_seen(self, key: Key, part: Part, why: str) -> None:
        log.warning("templates_not_read", channel=key[0], account=key[1], error=why)
        if steady() - self._seen_at.get(key, -GOOD_SECONDS) >= GOOD_SECONDS:
            part.shut()
            await self._say(key, _UNSEEN, {"why": why})

    async def _say(self, key: Key, sentence: str, values: dict[str, object]) -> None:
        if (key, sentence) in self._told:
            return
        self._told.add((key, sentence))
        name, account_name = channel_label(key[0]), key[1]
        channel = name if account_name == "default" else f"{name} ({account_name})"
        await self._tell(sentence, {"channel": channel, **values})

    def _pause(self) -> float:
        if not self._setbacks:
            return LOOK_SECONDS
        longest = min(LOOK_SECONDS, _FIRST_PAUSE_SECONDS * 2 ** min(self._setbacks - 1, 10))
        return float(longest * random.uniform(0.75, 1.0))

    async def _rest(self, until: float) -> None:
        """Meanwhile the run ends once all that is left has to wait for somebody."""
        while not self._look.is_set() and steady() < until:
            if self._waits:
                async with self._core.store.read() as session:
                    number = self._row.broadcast_id or 0
                    key = await completion.only_left(session, number, self._waits)
                if key is not None:
                    self.reason = self._waits.get(key, "")
                    self._halt()
                    return
            try:
                async with asyncio.timeout(_STEP_SECONDS):
                    await self._look.wait()
            except TimeoutError:
                continue
