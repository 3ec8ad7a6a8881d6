"""Files: from Slack into our store, and from our store into Slack for a preview."""

from __future__ import annotations

import asyncio
import mimetypes
from collections.abc import Collection, Mapping, Sequence
from time import monotonic
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat import NotSaid
from bot.frontends.slack.api import NETWORK, call_patiently
from bot.frontends.slack.blocks import PICTURES
from bot.frontends.slack.mrkdwn_out import to_mrkdwn
from broadcast.channel import StoredMedia
from broadcast.context import Core
from broadcast.errors import CannotDo, Invalid
from broadcast.language import N_, Speech
from broadcast.message import Media, MediaKind, Message, RichText
from broadcast.proxy import proxy_of
from broadcast.services import media as stored_media

log = structlog.get_logger()
Json = Mapping[str, Any]
ACCOUNT = "slack:console"
MAX_BYTES, PHOTO_BYTES = 50_000_000, 10_000_000  # what Telegram takes as a file, as a photo
SECONDS = 60
READY_SECONDS = 8.0  # how long a card waits for its picture
_LOOKS = (0.2, 0.4, 0.8, 1.5, 2.0, 2.0, 2.0)
_PHOTOS = frozenset({"image/jpeg", "image/png", "image/webp"})
_NOT_HERE = N_(
    "Slack did not take the file {name}, so you cannot open it here yet. It is saved and goes "
    "out with the message. “{button}” tries again."
)


def placeholder(file: Json) -> Media:
    """A file as it will be, before it is fetched."""
    size, mime = int(file.get("size") or 0), str(file.get("mimetype") or "")
    return Media(
        media_id=0, kind=_kind(mime, size), filename=str(file.get("name") or ""), mime=mime,
        size=size,
    )  # fmt: skip


def _kind(mime: str, size: int) -> MediaKind:
    if mime == "image/gif":
        return MediaKind.ANIMATION
    if mime in _PHOTOS and size <= PHOTO_BYTES:
        return MediaKind.PHOTO
    main = mime.partition("/")[0]
    return {"video": MediaKind.VIDEO, "audio": MediaKind.AUDIO}.get(main, MediaKind.DOCUMENT)


class Files:
    """`hosts`: where our token may be shown; a file kept elsewhere is not fetched."""

    def __init__(self, core: Core, client: AsyncWebClient, api_url: str) -> None:
        self._core, self._client = core, client
        self._api_host = urlsplit(api_url).hostname or ""
        self._handed: set[tuple[str, int]] = set()
        self._ready: set[str] = set()  # ids of our pictures that Slack has worked through

    async def keep(self, files: Sequence[Json]) -> tuple[tuple[Media, ...], list[CannotDo]]:
        """Those Slack lets us have, in order, and why not for the others."""
        kept: list[Media] = []
        refused: list[CannotDo] = []
        for file in files:
            try:
                kept.append(await self._keep(file))
            except CannotDo as no:
                refused.append(no)
        return tuple(kept), refused

    async def _keep(self, file: Json) -> Media:
        if file.get("file_access") == "check_file_info" or not file.get("url_private"):
            file = await self._described(file)
        will_be = placeholder(file)
        if will_be.size > MAX_BYTES:
            raise Invalid(
                N_("The file {name} is too big: at most {n} MB."), name=will_be.filename,
                n=MAX_BYTES // 1_000_000,
            )  # fmt: skip
        data = await self._fetch(file)
        try:
            return await stored_media.keep(
                self._core, _kind(will_be.mime, len(data)), data, filename=will_be.filename,
                mime=will_be.mime,
            )  # fmt: skip
        except OSError:
            raise Invalid(
                N_("I could not save the file {name}. Please send it again later."),
                name=will_be.filename,
            ) from None

    async def _described(self, file: Json) -> Json:
        """A file of another workspace comes as a mere id; a deleted one may have none."""
        if not (file_id := str(file.get("id") or "")):
            raise _withheld(file)
        try:
            answer = await call_patiently(lambda: self._client.files_info(file=file_id))
        except NotSaid as no:
            log.info("slack_file_refused", why=str(no))
            raise _withheld(file) from None
        described: Json = answer["file"]
        return described

    async def _fetch(self, file: Json) -> bytes:
        url = str(file.get("url_private_download") or file.get("url_private") or "")
        if file.get("is_external") or not self._ours(url):
            raise _withheld(file)
        headers = {"Authorization": f"Bearer {self._client.token}"}
        timeout = aiohttp.ClientTimeout(total=SECONDS)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout, proxy=proxy_of(url)) as http,
                http.get(url, headers=headers) as answer,
            ):
                # Without access Slack answers 200 with its sign-in page.
                page = "text/html" in answer.content_type and file.get("mimetype") != "text/html"
                if answer.status != 200 or page:
                    log.info("slack_file_refused", status=answer.status)
                    raise _withheld(file)
                return await _read(answer, file)
        except NETWORK:
            raise _withheld(file) from None

    def _ours(self, url: str) -> bool:
        host = urlsplit(url).hostname or ""
        return host == self._api_host or host.endswith(".slack.com")

    async def pictures(self, message: Message) -> dict[int, str]:
        """Slack's file ids of the photos, uploaded once; what cannot be is only named."""
        found: dict[int, str] = {}
        for media in message.media:
            if media.kind not in PICTURES:
                continue
            try:
                found[media.media_id] = await self._picture(media)
            except (CannotDo, NotSaid, OSError) as no:
                log.info("slack_picture_not_shown", why=str(no) or type(no).__name__)
        return found

    async def _picture(self, media: Media) -> str:
        """Its id, once Slack has worked through it: blocks that name it sooner are refused."""
        stored = await stored_media.find(self._core, ACCOUNT, media.media_id)
        file_id = stored.handle
        if file_id in self._ready:
            return str(file_id)
        if file_id is None or not await self._is_there(file_id):
            file_id = await self._upload(media, stored)
        end = monotonic() + READY_SECONDS
        for pause in _LOOKS:
            if await self._is_ready(file_id):
                self._ready.add(file_id)
                return file_id
            if monotonic() + pause > end:
                break
            await asyncio.sleep(pause)
        raise NotSaid("slack_file_in_work")

    async def _is_there(self, file_id: str) -> bool:
        """Whether Slack still has it: workspaces delete files after a time of their own."""
        try:
            await call_patiently(lambda: self._client.files_info(file=file_id))
        except NotSaid as no:
            if no.args[0] in {"file_not_found", "file_deleted"}:
                return False
            raise
        return True

    async def _is_ready(self, file_id: str) -> bool:
        """Its kind is told once it is scanned and measured (slackapi/node-slack-sdk issue 1865)."""
        try:
            answer = await call_patiently(lambda: self._client.files_info(file=file_id))
        except NotSaid as no:
            if no.args[0] == "file_not_found":  # not yet, right after the upload
                return False
            raise
        return bool((answer.get("file") or {}).get("mimetype"))

    def doubt(self) -> None:
        """Slack refused a picture: each is looked at again before it is named again."""
        self._ready.clear()

    async def _upload(self, media: Media, stored: StoredMedia) -> str:
        file_id = await self._send(media, stored)
        await self._complete(file_id)
        await stored_media.remember_handles(self._core, ACCOUNT, {media.media_id: file_id})
        return file_id

    def only_named(self, message: Message, user: str) -> list[Media]:
        """What a card can only name, and this person was not given yet."""
        return [
            media for media in message.media
            if media.kind not in PICTURES and (user, media.media_id) not in self._handed
        ]  # fmt: skip

    async def hand(self, message: Message, user: str, channel: str, words: Speech) -> None:
        """To somebody who sees the content where no file can be shown; each once. Raises NotSaid."""
        for media in self.only_named(message, user):
            given = (user, media.media_id)
            self._handed.add(given)
            if no := await self._share(media, channel, None):
                self._handed.discard(given)
                await self._excuse(media, no, channel, None, words.plain("Preview"), words)

    async def share(
        self, message: Message, channel: str, thread: str, words: Speech, named: Collection[int]
    ) -> None:
        """The files a card only names (`named`: media ids), under it: approvers can open them
        there."""
        for media in message.media:
            if media.media_id not in named:
                continue
            if no := await self._share(media, channel, thread):
                try:
                    await self._excuse(media, no, channel, thread, words.plain("Open"), words)
                except NotSaid as silent:  # the card itself is there
                    log.warning("slack_not_said", why=str(silent))

    async def _share(self, media: Media, channel: str, thread: str | None) -> Exception | None:
        """Why it could not be shared, if so."""
        try:
            stored = await stored_media.find(self._core, ACCOUNT, media.media_id)
            file_id = await self._send(media, stored)
            await self._complete(file_id, channel, thread)
        except (CannotDo, NotSaid, OSError) as no:
            log.info("slack_file_not_shared", why=str(no))
            return no
        return None

    async def _excuse(
        self, media: Media, no: Exception, channel: str, thread: str | None, button: str,
        words: Speech,
    ) -> None:  # fmt: skip
        """Where the file was said to be. `button` is the one that tries again."""
        if isinstance(no, CannotDo):
            text = f"{_name(media)}: {words.plain(no.template, **no.values)}"
        else:
            text = words.plain(_NOT_HERE, name=_name(media), button=button)
        block = {"type": "section", "text": {"type": "plain_text", "text": text[:3000]}}
        await call_patiently(
            lambda: self._client.chat_postMessage(
                channel=channel,
                thread_ts=thread,
                text=to_mrkdwn(RichText(text=text)),
                blocks=[block],
            )
        )

    async def _complete(
        self, file_id: str, channel: str | None = None, thread: str | None = None
    ) -> None:
        files: list[dict[str, str | None]] = [{"id": file_id}]
        await call_patiently(
            lambda: self._client.files_completeUploadExternal(
                files=files, channel_id=channel, thread_ts=thread
            )
        )

    async def _send(self, media: Media, stored: StoredMedia) -> str:
        if stored.path is None:
            raise Invalid(N_("That file is no longer here. Please send it again."))
        with await asyncio.to_thread(stored.sealed) as file:
            data = await asyncio.to_thread(file.read)
        ticket = await call_patiently(
            lambda: self._client.files_getUploadURLExternal(filename=_name(media), length=len(data))
        )
        timeout, url = aiohttp.ClientTimeout(total=SECONDS), str(ticket["upload_url"])
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout, proxy=proxy_of(url)) as http,
                http.post(url, data=data) as answer,
            ):
                if answer.status != 200:
                    raise NotSaid(f"http_{answer.status}")
        except NETWORK as trouble:
            raise NotSaid(type(trouble).__name__) from None
        return str(ticket["file_id"])


async def _read(answer: aiohttp.ClientResponse, file: Json) -> bytes:
    """Never more than we can pass on, whatever size was claimed."""
    parts, size = [], 0
    async for part in answer.content.iter_chunked(1 << 16):
        size += len(part)
        if size > MAX_BYTES:
            raise Invalid(
                N_("The file {name} is too big: at most {n} MB."), name=file.get("name", ""),
                n=MAX_BYTES // 1_000_000,
            )  # fmt: skip
        parts.append(part)
    return b"".join(parts)


def _withheld(file: Json) -> Invalid:
    return Invalid(
        N_(
            "Slack did not give me the file {name}. Upload it here again; everything else is saved."
        ),
        name=str(file.get("name") or "?"),
    )


def _name(media: Media) -> str:
    """Slack goes by the ending: a picture without one could not stand in a card."""
    return media.filename or media.kind.value + (mimetypes.guess_extension(media.mime) or "")
