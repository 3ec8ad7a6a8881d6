"""What we say in Slack, and where: cards in the channel, private lines, direct messages, modals."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import replace
from secrets import token_hex
from typing import Any, TypeVar

import structlog
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from bot.chat import Form, NotSaid, Reply
from bot.frontends.slack.api import (
    NETWORK,
    NO_PICTURE,
    TIMEOUT_SECONDS,
    call_patiently,
    refusals,
    silent_logger,
)
from bot.frontends.slack.blocks import (
    MESSAGE_CHARACTERS,
    VIEW_CHARACTERS,
    Rendered,
    pictures_named,
    render,
)
from bot.frontends.slack.command_words import as_typed, label_as_typed
from bot.frontends.slack.event import Origin
from bot.frontends.slack.files import Files
from bot.frontends.slack.modal import form_view, sheet
from bot.frontends.slack.posting import Poster
from bot.frontends.slack.rich_text import Block
from broadcast.channel import Problem
from broadcast.language import Speech, speech
from broadcast.message import RichText

log = structlog.get_logger()
T = TypeVar("T")
TITLE = "Tellal"
RESPONSES = 5  # how often Slack takes an answer at one response_url (facts 4.2)
VIEWS = 100  # modals whose content is remembered, for a submission that comes twice
DIVIDER: Block = {"type": "divider"}


async def _nobody(_: str, __: Block, ___: Any) -> None:
    return None


class Answerer:
    """`command` is how ours is called there, such as `/broadcast`."""

    def __init__(self, client: AsyncWebClient, files: Files, command: str) -> None:
        self._client, self._files, self.command = client, files, command
        self._poster = Poster(client, files)
        self._direct: dict[str, str] = {}
        self._shown: dict[str, Block] = {}  # by modal, the latest last
        self.opened: Callable[[str, Block, Any], Awaitable[None]] = _nobody  # hears of each modal

    # For the notifier

    async def post(
        self, conversation: str, reply: Reply, language: str, thread: str, key: str, look: bool
    ) -> str:
        """`thread` and what is returned are `channel:timestamp`; `key` and `look` as in
        `Poster.post`. Raises NotSaid."""
        words = speech(language)
        with refusals():
            channel = await self.channel(conversation)
            made = await self._rendered(reply, words, threaded=True)
        under = thread.rpartition(":")[2]
        return await self._poster.post(
            channel, made, reply, under, words=words, key=key or token_hex(8), look=look
        )

    async def edit(self, message_id: str, reply: Reply, language: str) -> None:
        channel, _, ts = message_id.rpartition(":")
        words = speech(language)
        with refusals():
            made = await self._rendered(reply, words, threaded=True)

        async def update(blocks: list[Block]) -> None:
            with refusals():
                await self._client.chat_update(
                    channel=channel, ts=ts, text=made.text, blocks=blocks
                )

        await self._drawn(update, made.blocks, words, threaded=True)

    async def _drawn(
        self, call: Callable[[list[Block]], Awaitable[T]], blocks: list[Block], words: Speech, *,
        threaded: bool,
    ) -> T:  # fmt: skip
        """Make a call with these blocks; where Slack will not have a picture in them, with its name.
        Raises NotSaid."""
        try:
            return await call(blocks)
        except NotSaid as no:
            if no.args[0] != NO_PICTURE:
                raise
        log.info("slack_picture_not_shown", why=NO_PICTURE)
        self._files.doubt()
        return await call(pictures_named(blocks, words, threaded=threaded))

    async def channel(self, conversation: str) -> str:
        """A person's id as their direct message with us; anything else as it is."""
        if conversation[:1] not in {"U", "W"}:
            return conversation
        if conversation not in self._direct:
            opened = await self._client.conversations_open(users=conversation)
            self._direct[conversation] = str(opened["channel"]["id"])
        return self._direct[conversation]

    async def _rendered(
        self, reply: Reply, words: Speech, *, threaded: bool, notes: Iterable[Problem] = (),
        space: int = MESSAGE_CHARACTERS,
    ) -> Rendered:  # fmt: skip
        rows = tuple(tuple(label_as_typed(b, self.command) for b in row) for row in reply.buttons)
        reply = replace(reply, text=as_typed(reply.text, self.command), buttons=rows)
        pictures = await self._files.pictures(reply.content) if reply.content else {}
        return render(reply, words, pictures=pictures, notes=notes, threaded=threaded, space=space)

    async def _post(
        self, channel: str, made: Rendered, reply: Reply, under: str, words: Speech
    ) -> str:
        """Where somebody waits: a second time at once where the answer was lost."""
        key = token_hex(8)
        try:
            return await self._poster.post(channel, made, reply, under, words=words, key=key)
        except NotSaid as no:
            if not no.unsure:
                raise
        return await self._poster.post(channel, made, reply, under, words=words, key=key)

    # For whoever did something

    async def answer(
        self, origin: Origin, replies: Sequence[Reply], words: Speech,
        notes: Sequence[Problem] = (),
    ) -> list[tuple[tuple[str, int], str]]:  # fmt: skip
        """Where it was done. Returns what is tracked, and the id of its message, where it has one."""
        replies = [r for r in replies if r.text.text or r.content or r.buttons]
        if not replies or (origin.view and await self._in_modal(origin, replies, words, notes)):
            return []
        shown = []
        for index, reply in enumerate(replies):
            made = await self._say(origin, reply, words, notes, last=index >= RESPONSES - 1)
            if reply.track is not None and made:
                shown.append((reply.track, made))
        return shown

    async def open_form(self, origin: Origin, form: Form, words: Speech) -> bool:
        """False when it could not be shown, such as when Slack's three seconds have passed."""
        return await self._open(origin, form_view(form, words, origin.channel), words)

    def shown(self, view_id: str) -> Block | None:
        """What we put in place of a modal's first content, if we did lately."""
        return self._shown.get(view_id)

    async def _open(self, origin: Origin, view: Block, words: Speech) -> bool:
        """In place of the modal it was asked for in, else as a new one."""

        async def show(blocks: list[Block]) -> tuple[Block, Any]:
            drawn = {**view, "blocks": blocks}
            if origin.view and not origin.home:
                self._shown.pop(origin.view, None)
                answer = await call_patiently(
                    lambda: self._client.views_update(view_id=origin.view, view=drawn)
                )
                self._shown[origin.view] = drawn
                for old in list(self._shown)[:-VIEWS]:
                    del self._shown[old]
            else:
                with refusals():
                    answer = await self._client.views_open(trigger_id=origin.trigger, view=drawn)
            return drawn, answer

        try:
            drawn, answer = await self._drawn(show, view["blocks"], words, threaded=False)
        except NotSaid as no:
            log.info("slack_view_not_opened", why=str(no))
            return False
        await self.opened(origin.user, drawn, answer)
        return True

    async def wait_in_modal(self, origin: Origin, view: Block) -> Origin:
        """Open a modal at once, while there is time, for an answer that takes longer."""
        try:
            with refusals():
                opened = await self._client.views_open(trigger_id=origin.trigger, view=view)
        except NotSaid as no:
            log.info("slack_view_not_opened", why=str(no))
            return origin
        return replace(origin, view=str(opened["view"]["id"]))

    async def _in_modal(
        self, origin: Origin, replies: Sequence[Reply], words: Speech, notes: Sequence[Problem]
    ) -> bool:
        seen = any(reply.content is not None for reply in replies)
        title = words.plain("Preview") if seen else TITLE
        view = sheet(title, await self.blocks(replies, words, notes), words)
        return await self._open(origin, view, words)

    async def blocks(
        self, replies: Sequence[Reply], words: Speech, notes: Sequence[Problem] = ()
    ) -> list[Block]:
        """Several replies in one view, one under the other."""
        out: list[Block] = []
        for reply in replies:
            own = notes if reply.content is not None else ()
            space = VIEW_CHARACTERS // len(replies)
            made = await self._rendered(reply, words, threaded=False, notes=own, space=space)
            out += [DIVIDER, *made.blocks] if out else made.blocks
        return out

    async def _say(
        self, origin: Origin, reply: Reply, words: Speech, notes: Sequence[Problem], *, last: bool
    ) -> str:
        shared = bool(origin.message) and not origin.private and not origin.direct
        if reply.replaces and reply.notice and shared:  # that card changes by itself
            reply = Reply(RichText(text=reply.notice))
        own = notes if reply.content is not None else ()
        made = await self._rendered(reply, words, threaded=origin.direct, notes=own)
        try:
            if reply.replaces and origin.message and origin.direct:
                return await self._replace(origin, made, words)
            if origin.direct:
                return await self._post(origin.channel, made, reply, origin.thread, words)
            if last or not await self._respond(origin, made, reply):
                await self._aside(origin, made, words)
        except NotSaid as no:
            log.warning("slack_not_said", why=str(no))
        return ""

    async def _replace(self, origin: Origin, made: Rendered, words: Speech) -> str:
        async def update(blocks: list[Block]) -> None:
            await call_patiently(
                lambda: self._client.chat_update(
                    channel=origin.channel, ts=origin.message, text=made.text, blocks=blocks
                )
            )

        await self._drawn(update, made.blocks, words, threaded=True)
        return f"{origin.channel}:{origin.message}"

    async def _respond(self, origin: Origin, made: Rendered, reply: Reply) -> bool:
        """A line only they see, where they are, even in places where we are no member."""
        if not origin.response_url:
            return False
        webhook = AsyncWebhookClient(
            origin.response_url, timeout=TIMEOUT_SECONDS, retry_handlers=[], logger=silent_logger()
        )
        try:
            answer = await webhook.send(
                text=made.text, blocks=made.blocks, response_type="ephemeral",
                replace_original=reply.replaces and origin.private, unfurl_links=False,
                unfurl_media=False,
            )  # fmt: skip
        except NETWORK as trouble:
            log.info("slack_response_failed", why=type(trouble).__name__)
            return False
        return bool(answer.status_code == 200)

    async def _aside(self, origin: Origin, made: Rendered, words: Speech) -> None:
        """Without a response URL: a private line in the channel, else a direct message."""

        async def there(blocks: list[Block]) -> None:
            await call_patiently(
                lambda: self._client.chat_postEphemeral(
                    channel=origin.channel, user=origin.user, text=made.text, blocks=blocks,
                    thread_ts=origin.thread or None,
                )
            )  # fmt: skip

        async def directly(blocks: list[Block]) -> None:
            channel = await call_patiently(lambda: self.channel(origin.user))
            await call_patiently(
                lambda: self._client.chat_postMessage(
                    channel=channel, text=made.text, blocks=blocks
                )
            )

        try:
            if origin.channel:
                await self._drawn(there, made.blocks, words, threaded=False)
                return
        except NotSaid as no:
            log.info("slack_not_said_there", why=str(no))
        await self._drawn(directly, made.blocks, words, threaded=False)

    async def hand_files(self, user: str, replies: Sequence[Reply], words: Speech) -> None:
        """What only a message can show, such as a film, to somebody who saw it named elsewhere."""
        for content in (reply.content for reply in replies if reply.content is not None):
            if self._files.only_named(content, user):
                try:
                    channel = await call_patiently(lambda: self.channel(user))
                    await self._files.hand(content, user, channel, words)
                except NotSaid as no:
                    log.info("slack_files_not_handed", why=str(no))

    async def publish(self, user: str, blocks: Sequence[Block]) -> None:
        """Somebody's Home tab. Raises NotSaid."""
        view = {"type": "home", "blocks": list(blocks)}
        await call_patiently(lambda: self._client.views_publish(user_id=user, view=view))
