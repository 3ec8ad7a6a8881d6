"""The hot path: a message is made ready once, each delivery only puts a chat id in front of it.

No models, forms or validation per send; figures in the shared facts, performance section 2.
"""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import orjson
import structlog
from aiogram import Bot
from yarl import URL

from broadcast.channel import Envelope, FileChanged, FindMedia, StoredMedia
from broadcast.lenient_json import a_list, parsed
from broadcast.message import Message
from broadcast.outcome import Accepted, Deferred, Outcome, Reason, Refused, Scope, Uncertain
from channels._kit.http import UPLOAD_SECONDS, Route, post
from channels.telegram import content, outcome, upload
from channels.telegram.webhook import Json, call

log = structlog.get_logger()
_JSON = {"Content-Type": "application/json"}
_MOST_RENDERED = 64
_WAIT_AFTER_FAILED_UPLOAD_SECONDS = 1.0


class _Rendered:
    """One message made ready; `tail` is empty until every file of it has a handle."""

    __slots__ = (
        "doubts", "message", "method", "route", "tail", "taken", "trusted", "uploading", "url"
    )  # fmt: skip

    def __init__(self, message: Message, method: str, url: URL, route: Route) -> None:
        self.message = message  # kept alive: the cache goes by identity
        self.method, self.url, self.route, self.tail = method, url, route, b""
        self.trusted = True  # the handles the store gave us; false once Telegram denied them
        self.uploading: asyncio.Future[Outcome | None] | None = None
        self.taken = False  # somebody has got it, so that it cannot be the message
        self.doubts: dict[str, str] = {}  # words of a refusal that no table has: who met it first

    def judged(self, said: Outcome, address: str) -> Outcome:
        """A refusal in words nobody has met yet is the person's, and of a second person, while
        nobody has got it, the message's."""
        if isinstance(said, Accepted):
            self.taken = True
        elif isinstance(said, Refused) and not self.taken and outcome.is_unheard_of(said):
            another = self.doubts.setdefault(said.detail, address) != address
            return outcome.of_everybody(said) if another else said
        return said


class Sender:
    """Sends envelopes over the Bot's own HTTP session."""

    def __init__(
        self, bot: Bot, find_media: FindMedia, *, paid: bool, language: str = "en"
    ) -> None:
        self._bot, self._find_media, self._paid = bot, find_media, paid
        self._language = language
        self._rendered: dict[int, _Rendered] = {}

    async def open(self) -> None:
        self._client = await self._bot.session.create_session()  # type: ignore[attr-defined]

    async def ask(self, method: str) -> Json:
        """A plain call. Raises aiohttp's errors, OddAnswer."""
        base = str(self._bot.session.api.api_url(self._bot.token, "")).rstrip("/")
        return await call(self._client, base, method, {})

    async def send(self, envelope: Envelope) -> Outcome:
        made = self._rendered.get(id(envelope.message)) or self._render(envelope.message)
        if not made.tail and (early := await self._make_ready(made, envelope)) is not None:
            return made.judged(early, envelope.address)
        tail = made.tail
        body = b'{"chat_id":' + _chat_id(envelope.address) + tail
        answer = await made.route.post(body)
        if not isinstance(answer, tuple):
            return answer
        status, raw = answer
        body = parsed(raw)
        if 200 <= status < 300 and type(body) is dict and body.get("ok") is True:
            made.taken = True
            return Accepted(_ids(body.get("result")))
        said = outcome.read(status, body, made.method, made.route.wait)
        if made.message.media and outcome.is_stale_handle(said) and _forget(made, tail):
            return await self.send(envelope)  # refused, so it cannot arrive twice
        return made.judged(said, envelope.address)

    def _render(self, message: Message) -> _Rendered:
        method = content.method_of(message)
        url = URL(self._bot.session.api.api_url(self._bot.token, method), encoded=True)
        made = _Rendered(message, method, url, Route(self._client, url, _JSON))
        if not message.media:
            made.tail = self._tail(message, {})
        if len(self._rendered) >= _MOST_RENDERED:
            del self._rendered[next(iter(self._rendered))]
        self._rendered[id(message)] = made
        return made

    def fields(self, message: Message, files: dict[int, str]) -> content.Fields:
        fields = content.fields_of(message, files, self._language)
        return fields | {"allow_paid_broadcast": True} if self._paid else fields

    def _tail(self, message: Message, files: dict[int, str]) -> bytes:
        return b"," + orjson.dumps(self.fields(message, files))[1:]

    async def _make_ready(self, made: _Rendered, envelope: Envelope) -> Outcome | None:
        """Returns None once there is a tail. One send uploads; the others wait for its handles."""
        while not made.tail:
            if made.uploading is None:
                return await self._lead(made, envelope)
            if (shared := await asyncio.shield(made.uploading)) is not None:
                return shared
        return None

    async def _lead(self, made: _Rendered, envelope: Envelope) -> Outcome | None:
        made.uploading = asyncio.get_running_loop().create_future()
        own: Outcome | None = None
        try:
            own = await self._find_or_upload(made, envelope)
            return own
        finally:  # also when cancelled: nobody is left hanging, the next one takes over
            made.uploading.set_result(_for_those_waiting(own))
            made.uploading = None

    async def _find_or_upload(self, made: _Rendered, envelope: Envelope) -> Outcome | None:
        try:
            stored = [await self._find_media(item.media_id) for item in made.message.media]
            if not made.trusted:
                stored = [replace(s, handle=None) for s in stored]
            names = upload.names_of(stored)
            if all(s.handle for s in stored):
                made.tail = self._tail(made.message, names)
                return None
            small = await upload.thumbnails_of(made.message, stored, self._find_media)
            names |= upload.names_of(small)
            said = await self._upload(made, envelope, [*stored, *small], names)
            if made.trusted and outcome.is_stale_handle(said):
                made.trusted = False  # one id of several is unknown: all bytes go
                return await self._find_or_upload(made, envelope)
            return said
        except FileChanged as changed:
            return changed.outcome
        except (upload.NoBytes, FileNotFoundError) as error:
            detail = f"The file is not here any more: {error.args[0]}"
            return Refused(Reason.CONTENT, False, Scope.ACCOUNT, "", detail, mend=outcome.CORRECT)
        except OSError as error:
            return Deferred(Reason.UNAVAILABLE, 0.0, Scope.ACCOUNT, type(error).__name__)

    async def _upload(
        self, made: _Rendered, envelope: Envelope, stored: list[StoredMedia], names: dict[int, str]
    ) -> Outcome:
        fields = {"chat_id": envelope.address, **self.fields(made.message, names)}
        with ExitStack() as files:
            form = await upload.form_of(fields, stored, files)
            answer = await post(self._client, made.url, form, None, UPLOAD_SECONDS)
        if not isinstance(answer, tuple):
            return answer
        status, raw = answer
        body = parsed(raw)
        if not 200 <= status < 300 or not isinstance(body, dict) or body.get("ok") is not True:
            return outcome.read(status, body, made.method)
        handles = upload.learned(made.message, body.get("result"))
        if {item.media_id for item in made.message.media} - handles.keys():
            log.warning("no_file_id_learned", method=made.method)  # the next one uploads again
        else:
            made.tail = self._tail(made.message, handles)
        return Accepted(_ids(body.get("result")), handles)


def _forget(made: _Rendered, tail: bytes) -> bool:
    """Stop trusting the stored handles, once; true when sending again makes sense."""
    if made.tail is tail:
        if not made.trusted:
            return False
        made.trusted, made.tail = False, b""
    return True


def _for_those_waiting(own: Outcome | None) -> Outcome | None:
    """What an upload's end means for the others; None: go on, or upload for yourself.

    Nothing was sent for them. Where the upload failed for everybody they wait instead of
    each uploading in turn.
    """
    match own:
        case Refused(scope=Scope.ACCOUNT):
            return own
        case Deferred(reason=reason, retry_after=wait):
            wait = wait or _WAIT_AFTER_FAILED_UPLOAD_SECONDS
            return Deferred(reason, wait, Scope.ACCOUNT, "the upload has to be repeated")
        case Uncertain():
            wait = _WAIT_AFTER_FAILED_UPLOAD_SECONDS
            return Deferred(
                Reason.UNAVAILABLE, wait, Scope.ACCOUNT, "the upload has to be repeated"
            )
    return None


def _chat_id(address: str) -> bytes:
    """A number as it is; anything else (`@name`, junk) as a JSON string, never spliced in raw."""
    if address.isascii() and address.removeprefix("-").isdigit():
        return address.encode()
    return orjson.dumps(address)


def _ids(result: Any) -> tuple[str, ...]:
    """All message ids; none when Telegram took it and did not say."""
    if type(result) is dict and type(one := result.get("message_id")) is int:
        return (str(one),)  # nearly always: on the hot path
    sent = (result,) if type(result) is dict else a_list(result)
    found = (m.get("message_id") for m in sent if isinstance(m, dict))
    return tuple(str(one) for one in found if isinstance(one, int | str))
