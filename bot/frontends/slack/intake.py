"""What Slack sends us: acknowledged within its three seconds if it is kept by then, done afterwards."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from enum import Enum
from typing import Any, TypeVar

import structlog
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_bolt.response import BoltResponse

from bot import dispatch
from bot.chat import Reply, Request
from bot.frontends.slack.event import Kind, command_line, event_id, origin, user_of
from bot.frontends.slack.modal import FORM, closes, errors, saving
from bot.frontends.slack.replies import Answerer
from bot.frontends.slack.request import Reader
from bot.frontends.slack.strangers import OUTSIDE, turn_away
from bot.handlers.team import brings_code
from broadcast.callback import Keep
from broadcast.context import Core
from broadcast.language import N_, Speech, speech
from broadcast.lenient_json import a_text
from broadcast.services import team

log = structlog.get_logger()
T = TypeVar("T")
ANSWER_SECONDS = 2.5  # of Slack's three: the rest is the way there and back
SUBMISSIONS = 200
LAST_RETRY = 3  # Slack sends an event that was not acknowledged three times more (facts 4.2)
Json = dict[str, Any]
Ack = Callable[..., Awaitable[Any]]
_ANY = re.compile(".*")
_NEWS = frozenset({"user_change", "tokens_revoked", "app_uninstalled"})
_NOT_KEPT = N_("I could not save that, so nothing was done. Please try again in a moment.")
_NOT_YET = N_(
    "I am slow right now and have not saved this yet. My answer comes as soon as I have; if "
    "none comes within a minute, please do it again."
)
_NOT_YET_FORM = N_(
    "I am slow right now and have not saved this yet. Please press again in a moment; it "
    "counts once."
)


class _Taken(Enum):
    """What became of an event before it was acknowledged."""

    KEPT = "kept"
    OUTSIDE = "outside"  # somebody's who has no business here
    LOST = "lost"  # it could not be stored
    LATE = "late"  # not known yet


class Door:
    """`keep` stores an event; whoever is no admin and brings no code stays outside.

    Nothing is acknowledged that is not stored, whatever the database is doing meanwhile: an event
    of Slack's comes again, and a person who waits is told. `command` is how ours is called there,
    such as `/broadcast`. `gone` hears the id of a window that was closed or submitted.
    """

    def __init__(
        self, core: Core, keep: Keep, reader: Reader, answerer: Answerer, frontend: str,
        command: str, gone: Callable[[str], None] = lambda _: None,
    ) -> None:  # fmt: skip
        self._core, self._keep, self._reader, self._answerer = core, keep, reader, answerer
        self._frontend, self._command, self._gone = frontend, command, gone
        self._languages: dict[str, str] = {}  # of the team, so that words need no database
        self.team: set[str] = set()  # ids of those who were admins when we last looked
        self._submissions: deque[str] = deque(maxlen=SUBMISSIONS)  # kept by this process, lately
        self._tasks: set[asyncio.Task[Any]] = set()

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def listen(self, app: AsyncApp) -> None:
        """One listener a kind; whatever the payload says is read later, from what was kept.

        What a listener returns is answered instead of an acknowledgement. The app must be one that
        answers after its listeners: else slack-bolt acknowledges events before they are stored.
        """

        def kept(kind: Kind) -> Callable[..., Awaitable[BoltResponse | None]]:
            async def listener(
                ack: Ack, body: Json, request: AsyncBoltRequest
            ) -> BoltResponse | None:
                return await self._take(kind, ack, body, _retries(request))

            return listener

        async def submitted(ack: Ack, body: Json) -> None:
            await self._submitted(ack, body)

        async def nothing(ack: Ack) -> None:
            await ack()

        async def closed(ack: Ack, body: Json) -> None:
            await ack()
            self._gone(a_text((body.get("view") or {}).get("id")))

        async def failed(error: Exception) -> None:
            log.error("slack_listener_failed", error=type(error).__name__)

        app.error(failed)
        app.command(_ANY)(kept(Kind.COMMAND))
        app.action(_ANY)(kept(Kind.ACTION))
        app.shortcut(_ANY)(kept(Kind.SHORTCUT))
        app.view_submission(FORM)(submitted)
        app.view_submission(_ANY)(nothing)
        app.view_closed(_ANY)(closed)
        app.event(_ANY)(kept(Kind.EVENT))

    async def _take(self, kind: Kind, ack: Ack, body: Json, retries: int) -> BoltResponse | None:
        """A command's answer may carry words; anything else not kept stays unacknowledged."""
        taking = self._spawn(self._taken(kind, body))
        taken = await _in_time(taking, _Taken.LATE)
        if taken in {_Taken.LATE, _Taken.LOST}:
            return await self._not_kept(kind, ack, body, taking, retries)
        if taken == _Taken.OUTSIDE:
            await turn_away(self._answerer, kind, ack, body, speech(self._core.policy.language))
        else:
            await ack()
        return None

    async def _taken(self, kind: Kind, body: Json) -> _Taken:
        try:
            if not await self._concerns_us(kind, body):
                return _Taken.OUTSIDE
            await self._store(kind, body)
        except Exception as error:  # whatever it is: not kept
            log.error("slack_event_not_kept", kind=kind.value, error=type(error).__name__)
            return _Taken.LOST
        return _Taken.KEPT

    async def _not_kept(
        self, kind: Kind, ack: Ack, body: Json, taking: asyncio.Task[_Taken], retries: int
    ) -> BoltResponse | None:
        log.warning("slack_event_not_kept_in_time", kind=kind.value, retries=retries)
        late = not taking.done()
        if kind == Kind.COMMAND:
            await ack(self._words(body).plain(_NOT_YET if late else _NOT_KEPT))
            if late:
                self._spawn(self._say_if_lost(kind, body, taking))
            return None
        if kind != Kind.EVENT:
            self._spawn(self._say_how_it_stands(kind, body, taking, late))
        elif retries >= LAST_RETRY and self._written_by_us(body):
            self._spawn(self._say_if_lost(kind, body, taking))
        return BoltResponse(status=503, body="")

    async def _submitted(self, ack: Ack, body: Json) -> None:
        """Checked before it is acknowledged: then what is wrong stands beside the field, and what
        was typed stays there, also where it could not be checked or kept."""
        submitting = self._spawn(self._submission(body))
        try:
            await ack(**await _in_time(submitting, self._wrong(body, {"": _NOT_YET_FORM})))
        except Exception as error:
            log.error("slack_form_not_kept", error=type(error).__name__)
            await ack(**self._wrong(body, {"": _NOT_KEPT}))

    async def _submission(self, body: Json) -> Json:
        """The answer: what is wrong, or that it is kept. One that has acted changes nothing."""
        if not await self._concerns_us(Kind.SUBMISSION, body):  # removed while it stood open
            return self._wrong(body, {"": OUTSIDE})
        request = self._reader.form(body, origin(Kind.SUBMISSION, body))
        wrong = await dispatch.check(self._core, request)
        acted = await dispatch.acted(self._core, request)
        if wrong and not acted:
            return {"response_action": "errors", "errors": errors(body["view"], wrong)}
        shown = self._answerer.shown(str(body["view"]["id"])) if acted else None
        if acted and request.event_id not in self._submissions:
            return {}  # in an earlier life of ours, which answered or will never
        if not acted:
            await self._store(Kind.SUBMISSION, body)
            self._submissions.append(request.event_id)
            self._gone(str(body["view"]["id"]))
        if closes(body["view"]):
            return {"response_action": "clear"}
        return {"response_action": "update", "view": shown or saving(self._words(body))}

    def _wrong(self, body: Json, sentences: dict[str, str]) -> Json:
        words = self._words(body)
        said = {name: words.plain(sentence) for name, sentence in sentences.items()}
        return {"response_action": "errors", "errors": errors(body["view"], said)}

    async def _concerns_us(self, kind: Kind, body: Json) -> bool:
        """An admin's, or news about one, or from somebody who brings a code."""
        user = user_of(body)
        if kind == Kind.EVENT and body["event"].get("type") in _NEWS:
            return True
        if not user:
            return False
        if (known := await team.who(self._core, self._frontend, user)) is not None:
            self._languages[user] = known[0].language
            self.team.add(user)
            return True
        self.team.discard(user)
        if kind in {Kind.COMMAND, Kind.ACTION}:  # typed, or the answer to what a link would do
            command, arguments = command_line(line(kind, body))
            actor = self._reader.actor(user)
            return brings_code(Request(actor, user, command, arguments))
        return kind == Kind.EVENT and bool(self._reader.code_brought(body))

    async def _store(self, kind: Kind, body: Json) -> None:
        """Twice the same: once. Raises what the storage raises."""
        slim = {name: value for name, value in body.items() if name != "token"}
        event: dict[str, object] = {"kind": kind.value, "body": slim}
        await self._keep([(event_id(kind, body), event)])

    async def read_back(self, channel: str, message: Json) -> None:
        """Keep a message written to us that Slack may not have brought."""
        event = {**message, "type": "message", "channel": channel, "channel_type": "im"}
        await self._store(Kind.EVENT, {"event": event})

    async def _say_how_it_stands(
        self, kind: Kind, body: Json, taking: asyncio.Task[_Taken], late: bool
    ) -> None:
        """A press that is not acknowledged shows a warning sign; these are the words to it."""
        if late:
            await self._say(kind, body, _NOT_YET)
        await self._say_if_lost(kind, body, taking)

    async def _say_if_lost(self, kind: Kind, body: Json, taking: asyncio.Task[_Taken]) -> None:
        if await taking == _Taken.LOST:
            await self._say(kind, body, _NOT_KEPT)

    def _written_by_us(self, body: Json) -> bool:
        """A message of somebody's who is known to be of the team."""
        return body["event"].get("type") == "message" and user_of(body) in self._languages

    async def _say(self, kind: Kind, body: Json, sentence: str) -> None:
        words = self._words(body)
        said = [Reply(words.say(sentence))]
        await self._answerer.answer(origin(kind, body), said, words)

    def _words(self, body: Json) -> Speech:
        """Their language as far as it is known without asking the database."""
        return speech(self._languages.get(user_of(body), self._core.policy.language))

    async def speech_of(self, user: str) -> Speech:
        """Their language, where they are an admin."""
        known = await team.who(self._core, self._frontend, user)
        return speech(known[0].language if known else self._core.policy.language)

    def _spawn(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("slack_door_failed", error=type(error).__name__)


async def _in_time(task: asyncio.Task[T], late: T) -> T:
    """What it returns or raises, if that comes in time; it goes on in either case."""
    await asyncio.wait({task}, timeout=ANSWER_SECONDS)
    return task.result() if task.done() else late


def line(kind: Kind, body: Json) -> str:
    """The command line that was typed, or stands behind the pressed button."""
    if kind == Kind.COMMAND:
        return a_text(body.get("text"))
    return next((str(action.get("value") or "") for action in body.get("actions") or ()), "")


def _retries(request: AsyncBoltRequest) -> int:
    """How often Slack sent this before, where it says so."""
    given = "".join(request.headers.get("x-slack-retry-num", ()))
    return int(given) if given.isdecimal() else 0
