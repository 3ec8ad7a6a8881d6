"""One message in Slack with what goes on in its thread: there once, whatever is lost on the way.

Slack has no key that makes posting repeatable. So every part carries its name as metadata: where an
answer was lost, the part is looked for in the conversation before it is posted again.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import structlog
from slack_sdk.models.metadata import Metadata
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat import NotSaid, Reply
from bot.frontends.slack.api import NO_PICTURE, call_patiently
from bot.frontends.slack.blocks import Rendered, without_pictures
from bot.frontends.slack.files import Files
from broadcast.language import Speech

log = structlog.get_logger()
PART = "tellal_part"  # the event type of our metadata; its payload is {"part": name}
LOOK_BACK_SECONDS, LOOKED_AT = 86_400, 200  # how far back, and at how many messages, we look
BEGUN = 1000  # messages remembered that were begun and not finished


@dataclass(slots=True)
class _Begun:
    """`posted`: the timestamps of the parts that are there. `unsure`: the next one may be as well.
    `ours`: some of it was posted by this process."""

    posted: list[str] = field(default_factory=list)
    unsure: bool = False
    ours: bool = False


class Poster:
    def __init__(self, client: AsyncWebClient, files: Files) -> None:
        self._client, self._files = client, files
        self._begun: dict[tuple[str, str], _Begun] = {}

    async def post(
        self,
        channel: str,
        made: Rendered,
        reply: Reply,
        under: str,
        *,
        words: Speech,
        key: str,
        look: bool = False,
    ) -> str:
        """Under the thread `under`, or anew. The same `key` again, after NotSaid, goes on where it
        stopped and brings what is there up to date. `look`: an earlier process may have begun it.

        Returns `channel:timestamp`. Raises NotSaid.
        """
        try:
            return await self._post(channel, made, reply, under, words=words, key=key, look=look)
        except NotSaid as no:
            if no.args[0] != NO_PICTURE:
                raise
        log.info("slack_picture_not_shown", why=NO_PICTURE)
        self._files.doubt()
        made = without_pictures(made, reply, words)
        return await self._post(channel, made, reply, under, words=words, key=key, look=look)

    async def _post(
        self, channel: str, made: Rendered, reply: Reply, under: str, *, words: Speech, key: str,
        look: bool,
    ) -> str:  # fmt: skip
        begun = self._begun.setdefault((channel, key), _Begun(unsure=look))
        for old in list(self._begun)[:-BEGUN]:
            del self._begun[old]
        parts = (made, *made.more)
        for part, ts in zip(parts, begun.posted, strict=False):
            await self._update(channel, ts, part)
        while len(begun.posted) < len(parts):
            number = len(begun.posted)
            thread = under or (begun.posted[0] if number else "")
            name = f"{key}:{number}"
            try:
                begun.posted.append(await self._there(channel, parts[number], thread, name, begun))
            except NotSaid as no:
                if not (number and no.forever):
                    raise
                log.warning("slack_part_refused", why=str(no))
                break  # the message itself is there, and is kept up to date
        self._begun.pop((channel, key), None)
        if reply.content is not None and begun.ours:
            await self._files.share(
                reply.content, channel, under or begun.posted[0], words, made.named
            )
        return f"{channel}:{begun.posted[0]}"

    async def _there(
        self, channel: str, part: Rendered, thread: str, name: str, begun: _Begun
    ) -> str:
        """The timestamp of a part, found or posted."""
        ts = await self._find(channel, thread, name) if begun.unsure else ""
        if not ts:
            return await self._send(channel, part, thread, name, begun)
        await self._update(channel, ts, part)
        return ts

    async def _send(
        self, channel: str, part: Rendered, thread: str, name: str, begun: _Begun
    ) -> str:
        begun.unsure = False
        try:
            sent = await call_patiently(
                lambda: self._client.chat_postMessage(
                    channel=channel, text=part.text, blocks=part.blocks, thread_ts=thread or None,
                    unfurl_links=False, unfurl_media=False, metadata=Metadata(PART, {"part": name}),
                )
            )  # fmt: skip
        except NotSaid as no:
            begun.unsure = no.unsure
            raise
        begun.ours = True
        return str(sent["ts"])

    async def _update(self, channel: str, ts: str, part: Rendered) -> None:
        await call_patiently(
            lambda: self._client.chat_update(
                channel=channel, ts=ts, text=part.text, blocks=part.blocks
            )
        )

    async def _find(self, channel: str, thread: str, name: str) -> str:
        """The timestamp of a part that is there; empty when it is not, or when we may not look."""
        where: dict[str, Any] = {
            "channel": channel, "limit": LOOKED_AT, "include_all_metadata": True,
            "oldest": f"{time.time() - LOOK_BACK_SECONDS:.6f}",
        }  # fmt: skip
        try:
            if thread:
                read = await call_patiently(
                    lambda: self._client.conversations_replies(ts=thread, **where)
                )
            else:
                read = await call_patiently(lambda: self._client.conversations_history(**where))
        except NotSaid as no:
            if not no.forever:
                raise
            log.warning("slack_history_refused", why=str(no))
            return ""
        return next((str(m["ts"]) for m in read["messages"] if _is(m, name)), "")


def _is(message: dict[str, Any], name: str) -> bool:
    metadata = message.get("metadata") or {}
    return metadata.get("event_type") == PART and metadata["event_payload"].get("part") == name
