"""A file made for one person, given in Slack: always in their direct message, read while it goes.

In three steps: a place for so many bytes, the bytes, and where it stands. The place of a direct
message is its own id (`D…`): a person's is refused there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from os import SEEK_END
from typing import IO

import aiohttp
import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat import File, NotSaid, Reply
from bot.frontends.slack.api import NETWORK, call_patiently
from bot.views.file_refused import not_taken
from bot.views.review_card import lines
from broadcast.errors import CannotDo
from broadcast.language import N_, Speech
from broadcast.proxy import proxy_of

log = structlog.get_logger()
# Ours: Slack's reference of the method names none; a workspace that allows less says so (_FORBIDDEN).
LIMIT_BYTES = 1_000_000_000
_SILENT_SECONDS = 60.0  # without a byte taken or an answer
# What Slack says where the workspace lets nobody upload this: another try is of no use.
_FORBIDDEN = frozenset(
    {
        "file_uploads_disabled", "file_uploads_except_images_disabled", "file_type_not_allowed",
        "file_upload_size_restricted", "missing_scope", "storage_limit_reached",
    }
)  # fmt: skip
_NO_UPLOADS = N_(
    "This workspace does not let me upload that file ({error}). Its admins can allow it."
)
_DIRECTLY = N_("I have sent the file to you alone, as a direct message.")


class Sheets:
    """`direct(user)`: the id of our direct message with somebody."""

    def __init__(self, client: AsyncWebClient, direct: Callable[[str], Awaitable[str]]) -> None:
        self._client, self._direct = client, direct

    async def given(
        self, user: str, replies: Sequence[Reply], words: Speech, *, here: bool
    ) -> list[Reply]:
        """The same replies, each file handed over, with what is to be said of it where it was asked
        for; `here`: that is the direct message itself."""
        return [
            reply if reply.file is None else await self._given(user, reply.file, reply, words, here)
            for reply in replies
        ]

    async def _given(self, user: str, file: File, reply: Reply, words: Speech, here: bool) -> Reply:
        said = replace(reply, file=None)
        try:
            channel = await call_patiently(lambda: self._direct(user))
            async with file.made(LIMIT_BYTES) as opened:
                await self._send(channel, file.name, opened)
        except CannotDo as no:
            return replace(said, text=words.say(no.template, **no.values))
        except NotSaid as no:
            log.warning("file_not_sent", why=str(no))
            return self._sorry(words, file, said, no)
        return said if here else replace(said, text=lines(words.say(_DIRECTLY), reply.text))

    def _sorry(self, words: Speech, file: File, said: Reply, no: NotSaid) -> Reply:
        error = str(no.args[0])
        if error in _FORBIDDEN:
            return replace(said, text=words.say(_NO_UPLOADS, error=error))
        return not_taken(words, said, file, "Slack", unsure=no.unsure)

    async def _send(self, channel: str, name: str, opened: IO[bytes]) -> None:
        """Raises NotSaid."""
        size = opened.seek(0, SEEK_END)
        opened.seek(0)
        ticket = await call_patiently(
            lambda: self._client.files_getUploadURLExternal(filename=name, length=size)
        )
        await _post(str(ticket["upload_url"]), opened, size)
        files: list[dict[str, str | None]] = [{"id": str(ticket["file_id"]), "title": name}]
        await call_patiently(
            lambda: self._client.files_completeUploadExternal(files=files, channel_id=channel)
        )


async def _post(url: str, opened: IO[bytes], size: int) -> None:
    timeout = aiohttp.ClientTimeout(total=None, connect=_SILENT_SECONDS, sock_read=_SILENT_SECONDS)
    headers = {"Content-Type": "application/octet-stream", "Content-Length": str(size)}
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, proxy=proxy_of(url)) as http,
            http.post(url, data=opened, headers=headers) as answer,
        ):
            if answer.status != 200:
                raise NotSaid(f"http_{answer.status}")
    except NETWORK as trouble:
        raise NotSaid(type(trouble).__name__) from None
