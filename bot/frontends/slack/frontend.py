"""The admin console in Slack, with slack-bolt: everything kept and acknowledged at once, then done."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import replace
from time import monotonic, time
from typing import Any

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier

from bot import dispatch
from bot.chat import Button, ConsoleClosed, NotSaid, Reply, Request
from bot.frontends.slack import KEY, backfill
from bot.frontends.slack.api import (
    NETWORK,
    PATIENCE,
    TOKEN_REFUSED,
    client,
    error_of,
    silent_logger,
)
from bot.frontends.slack.event import Kind, is_readable, origin, user_of
from bot.frontends.slack.file import Sheets
from bot.frontends.slack.files import Files
from bot.frontends.slack.home import Home
from bot.frontends.slack.intake import Door, line
from bot.frontends.slack.modal import saving
from bot.frontends.slack.modal_closing import Windows
from bot.frontends.slack.people import People
from bot.frontends.slack.replies import Answerer
from bot.frontends.slack.request import Asked, Reader
from bot.frontends.slack.socket import Socket
from bot.views.review_card import lines, unsaid
from broadcast.answers import Answers
from broadcast.callback import Keep
from broadcast.channel import Said
from broadcast.context import Core, Event
from broadcast.language import N_, Speech, terminal
from broadcast.services import account_news, console_messages

log = structlog.get_logger()
Json = dict[str, Any]
PATH = "/slack/events"
_GOOD_FOR_SECONDS = 86_400.0  # the team hears what became of what it did, also much later
_TOKEN_GONE = N_(
    "Slack does not accept our token any more ({error}), so I cannot hear or answer anybody there. "
    "Please install the app again, set the new token and restart Tellal."
)


class SlackFrontend:
    """`keep` stores an event durably; `feed` is given it afterwards, once.

    `shared`: the channel of the cards. In Socket Mode `run` holds the connection; with a signing
    secret and no app token, `on_http` is what Slack's requests go to. `since`: when an earlier life
    of ours kept an event last, epoch seconds (0: never).
    """

    name, key, own, address = "slack", KEY, None, ""
    progress_per_second = 0.0
    edit_seconds = 3.0  # chat.update: Tier 3, 50 a minute and method

    def __init__(
        self, core: Core, keep: Keep, *, bot_token: str, app_token: str, signing_secret: str,
        channel: str, api_url: str, command: str, since: float = 0.0,
        told_to_wait: Callable[[float], None] = lambda _: None,
    ) -> None:  # fmt: skip
        self._core, self.shared = core, channel
        self._told_to_wait, self._closed_until = told_to_wait, 0.0
        self._client = client(bot_token, api_url, self._waits)

        async def authorize() -> AuthorizeResult:  # bolt looks at its parameters: no method
            return await self._known()

        self._app = AsyncApp(
            name="tellal", client=self._client, signing_secret=signing_secret,
            authorize=authorize, logger=silent_logger(),
            process_before_response=True,  # else it acknowledges events before they are stored
        )  # fmt: skip
        self._signature = SignatureVerifier(signing_secret) if signing_secret else None
        self._bot_token, self._app_token = bot_token, app_token
        self._files = Files(core, self._client, api_url)
        self.people = People(core, self._client, self.name)
        self._answerer = Answerer(self._client, self._files, command)
        self.claim_line = f"{command} join claim-{{code}}"
        self.invite_line = f"{command} join {{code}}"
        self._sheets = Sheets(self._client, self._answerer.channel)
        self._reader = Reader(self.name, self.people, self._files, lambda: self.invite_line)
        self._home = Home(core, self._answerer, self.name)
        self._socket = Socket(
            self._app, self._client, app_token, self._token_refused, self._line_is_back
        )
        self._us: AuthorizeResult | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._windows = Windows(core, self._client, self._answerer, self.name)
        self._answerer.opened = self._windows.shown
        self._door = Door(
            core, keep, self._reader, self._answerer, self.name, command, self._windows.gone
        )
        self._door.listen(self._app)
        self._since = since
        self._answers = Answers(seconds=_GOOD_FOR_SECONDS, owed=self._not_said)
        self._missed = backfill.Missed(
            core, self._client, self.name, self._answerer.channel, self._door.read_back
        )

    def _waits(self, seconds: float) -> None:
        self._closed_until = max(self._closed_until, monotonic() + seconds)
        self._told_to_wait(seconds)

    @property
    def closed_seconds(self) -> float:
        """How long Slack still wants us to wait before we say more."""
        return max(0.0, self._closed_until - monotonic())

    @property
    def socket_mode(self) -> bool:
        return bool(self._app_token)

    @property
    def connected(self) -> bool:
        """Whether Slack can reach us, as far as we know; over HTTP it is for others to know."""
        return not self.socket_mode or self._socket.connected

    async def open(self) -> None:
        """Raises ConsoleClosed; a Slack that cannot be reached now is no reason not to start."""
        try:
            await self._who_we_are()
            if not self.socket_mode:  # there, Slack's greeting is the moment
                await self._line_is_back(0.0)
        except SlackApiError as no:
            if error_of(no) in TOKEN_REFUSED:
                raise ConsoleClosed(
                    terminal().plain(
                        "Slack refused TELLAL_SLACK__BOT_TOKEN ({why}): it must be the xoxb- token of "
                        "the installed app.",
                        why=error_of(no),
                    )
                ) from None
            log.warning("slack_not_ready", error=error_of(no))
        except NETWORK as trouble:
            log.warning("slack_unreachable", error=type(trouble).__name__)
        self._spawn(self.people.introduce())

    async def run(self) -> None:
        """Socket Mode, until cancelled. Raises ConsoleClosed."""
        await self._socket.run()

    async def close(self) -> None:
        await self._door.close()
        await self._answers.close()
        await self._home.close()
        await self._windows.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def on_http(self, request: web.Request) -> web.StreamResponse:
        """One signed request; nothing is read of what is unsigned or older than five minutes."""
        body = await request.read()
        if not self._signed(body, request.headers):
            return web.json_response({"error": "invalid request"}, status=401)
        if not is_readable(body):
            return web.Response(status=400, text="neither a form nor JSON, or nested too deep\n")
        asked = AsyncBoltRequest(
            body=body.decode(), query=request.query_string,
            headers={name: [value] for name, value in request.headers.items()},
        )  # fmt: skip
        return await to_aiohttp_response(await self._app.async_dispatch(asked))

    def _signed(self, body: bytes, headers: Mapping[str, str]) -> bool:
        stamp = headers.get("X-Slack-Request-Timestamp", "")
        given = headers.get("X-Slack-Signature", "")
        try:
            return self._signature is not None and self._signature.is_valid(body, stamp, given)
        except (ValueError, TypeError):  # a time that is none, a signature of odd letters
            return False

    async def _who_we_are(self) -> AuthorizeResult:
        found = await self._client.auth_test()
        us = self._us = AuthorizeResult(
            enterprise_id=None, team_id=found["team_id"], bot_user_id=found["user_id"],
            bot_id=found.get("bot_id"), bot_token=self._bot_token,
        )  # fmt: skip
        return us

    async def _known(self) -> AuthorizeResult:
        """Never asks Slack: that could take longer than the three seconds of an event."""
        unknown = AuthorizeResult(enterprise_id=None, team_id=None, bot_token=self._bot_token)
        return self._us or unknown

    async def _token_refused(self, error: str) -> None:
        await account_news.tell_owners(self._core, _TOKEN_GONE, {"error": error})

    async def _line_is_back(self, since: float) -> None:
        """What could not be shown while Slack was away is shown now, not after its own pause; what
        was written to us meanwhile is read."""
        await self._core.tell(Event("console", detail=self.name))
        since = since or self._since
        if since and time() - since > backfill.BREAK_SECONDS:
            self._spawn(self._missed.read_back(since))

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def order_key(self, kept: Json) -> str:
        return user_of(kept["body"])

    def command(self, kept: Json) -> str:
        return line(Kind(kept["kind"]), kept["body"])

    async def wants(self, kept: Json) -> bool:
        """All: no subscriber writes here."""
        return True

    async def greet(self, kept: Json) -> None:
        """Nobody is served here as a subscriber."""

    def routes(self) -> list[web.RouteDef]:
        return [] if self.socket_mode else [web.post(PATH, self.on_http)]

    def tasks(self) -> list[Coroutine[Any, Any, None]]:
        return [self.run()] if self.socket_mode else []

    @property
    def team(self) -> set[str]:
        """Ids of those who were admins when we last looked."""
        return self._door.team

    async def feed(self, kept: Json) -> Said | None:
        """Handle one kept event; returns when it is done. The answer is on its way."""
        kind, body = Kind(kept["kind"]), kept["body"]
        if kind == Kind.EVENT and await self._news(body["event"]):
            return None
        where = origin(kind, body)
        if not self.people.is_fresh(where.user):
            self._spawn(self.people.follow(where.user))
        if kind == Kind.SHORTCUT and body.get("message"):
            words = await self._door.speech_of(where.user)
            where = await self._answerer.wait_in_modal(where, saving(words))
        asked = await self._reader.read(kind, body, where)
        return await self._do(asked) if asked is not None else None

    async def _do(self, asked: Asked) -> Said:
        replies = await dispatch.handle(self._core, asked.request)
        return self._later(asked.request.actor.user_id, lambda: self._say(asked, replies))

    def _later(self, user: str, say: Callable[[], Awaitable[None]]) -> Said:
        async def patiently() -> None:
            PATIENCE.set(_GOOD_FOR_SECONDS)
            await say()

        return self._answers.put(user, patiently)

    async def _not_said(self, user: str, count: int) -> None:
        words = await self._door.speech_of(user)
        await self._answerer.post(user, unsaid(words, count), words.language, "", "", False)

    async def _say(self, asked: Asked, replies: list[Reply]) -> None:
        request = asked.request
        words = await self._door.speech_of(request.actor.user_id)
        form = next((reply.form for reply in replies if reply.form), None)
        if form is not None and request.forms:
            opened = await self._answerer.open_form(asked.origin, form, words)
            replies = [] if opened else await self._in_words(request, words)
        user = request.actor.user_id
        replies = await self._sheets.given(user, replies, words, here=asked.origin.direct)
        replies = await self._living(asked, replies, words)
        replies = [
            await self._corrects(asked, reply) if reply.stale else reply for reply in replies
        ]
        refused = [Reply(words.say(no.template, **no.values)) for no in asked.refused]
        shown = await self._answerer.answer(
            asked.origin, [*refused, *replies], words, notes=asked.notes
        )
        if not asked.origin.direct:  # there they are in the thread
            self._spawn(self._answerer.hand_files(request.actor.user_id, replies, words))
        for track, message_id in shown:
            await console_messages.track(
                self._core, track, self.name, request.conversation, message_id
            )
        if asked.origin.home:  # they look at it, whenever they opened it
            await self._home.opened(request.actor.user_id)
        else:
            await self._home.refresh(request.actor.user_id)
        self.changed()  # it may concern others, as a new role does

    async def _living(self, asked: Asked, replies: list[Reply], words: Speech) -> list[Reply]:
        """What is kept true later has to stand where we can come back to: in our direct messages."""
        user = asked.request.conversation
        kept: list[Reply] = []
        if asked.origin.direct:
            return replies
        for reply in replies:
            if reply.track is None or reply.track[0] != console_messages.CHECKLIST:
                kept.append(reply)
                continue
            try:
                made = await self._answerer.post(user, reply, words.language, "", "", False)
                await console_messages.track(self._core, reply.track, self.name, user, made)
            except NotSaid:
                kept.append(reply)
        if replies and not kept:
            kept = [Reply(words.say("I have sent you that as a message."))]
        return kept

    async def _corrects(self, asked: Asked, reply: Reply) -> Reply:
        """In place of a line or a list that is not true any more; a card is corrected by itself."""
        where = asked.origin
        if where.private:
            return replace(reply, replaces=True)
        if not where.direct or not where.message:
            return reply
        made = f"{where.channel}:{where.message}"
        kept = await console_messages.is_kept(
            self._core, self.name, asked.request.conversation, made
        )
        return reply if kept else replace(reply, replaces=True)

    async def _in_words(self, request: Request, words: Speech) -> list[Reply]:
        """The window could not open (Slack gives three seconds): what there is, the way back, and
        the same question in words, which only now stands open."""
        late = words.say("I could not open the window in time. Nothing is lost; press the button.")
        line = f"{request.command} {request.arguments}".strip()
        button = (Button(words.plain("Open the window"), line),)
        same = replace(request, forms=False, event_id=f"{request.event_id}:in words")
        return [
            replace(reply, text=lines(late, reply.text), buttons=(button, *reply.buttons))
            if reply.form
            else reply
            for reply in await dispatch.handle(self._core, same)
        ]

    async def _news(self, event: Json) -> bool:
        """What tells us something and asks for nothing."""
        match event.get("type"):
            case "app_home_opened":
                if event.get("tab", "home") == "home":
                    user, blank = str(event["user"]), not event.get("view")
                    self._later(user, lambda: self._home.opened(user, blank=blank))
            case "user_change":
                await self.people.changed(event["user"])
            case "tokens_revoked" | "app_uninstalled":
                await self._token_refused(str(event["type"]))
            case "message":
                return False
        return True

    # What the notifier says

    def changed(self) -> None:
        self._home.changed()
        self._windows.changed()

    async def post(
        self, conversation: str, reply: Reply, language: str, *, thread: str = "", key: str = "",
        look: bool = False,
    ) -> str:  # fmt: skip
        return await self._answerer.post(conversation, reply, language, thread, key, look)

    async def edit(self, conversation: str, message_id: str, reply: Reply, language: str) -> None:
        await self._answerer.edit(message_id, reply, language)
