"""Content that comes as messages: taken into a draft, joined part by part, followed when edited."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bot.chat import Reply, Request
from bot.handlers import preview
from bot.handlers.turn import Turn
from broadcast.errors import Invalid
from broadcast.language import N_
from broadcast.machine import BroadcastStatus
from broadcast.message import Message, RichText
from broadcast.models import Broadcast, Posted
from broadcast.services import compose, posted


async def take(turn: Turn, broadcast_id: int, content: Message) -> list[Reply]:
    """Content for a draft, and the message it came from; edits of that one are followed."""
    earlier = await compose.get(turn.core, broadcast_id)
    request, note = turn.request, RichText()
    kind = f"{posted.SOURCE}:{request.album}" if request.album else posted.SOURCE
    parts = await posted.sources(turn.core, broadcast_id)
    another_part = bool(request.album) and any(_is(request, row, kind) for row in parts)
    make = _joined if another_part else _in_place_of
    if not another_part and parts and turn.identity.asking != "content":
        note = turn.speech.say("This takes the place of what you sent before.")
    replies = await _save(turn, earlier, lambda now: make(now, content))
    if request.message_id:
        if not another_part:
            await posted.retire_sources(turn.core, broadcast_id)
        await posted.remember(
            turn.core, broadcast_id, kind, request.actor.frontend, request.conversation,
            request.message_id,
        )  # fmt: skip
    await turn.focus(broadcast_id)
    return [Reply(note), *replies] if note.text else replies


def _is(request: Request, row: Posted, kind: str) -> bool:
    place = (row.kind, row.frontend, row.conversation)
    return place == (kind, request.actor.frontend, request.conversation)


def _joined(earlier: Message, part: Message) -> Message:
    """The album so far with one more part. Its text is the first there is, where it stands; every
    further one is its own file's caption."""
    place, added = len(earlier.media), part.media
    changes: dict[str, Any] = {"media": (*earlier.media, *added)}
    if part.text.text and not earlier.text.text:
        changes |= {"text": part.text, "text_at": place}
    elif part.text.text and added:
        captioned = added[0].model_copy(update={"caption": part.text})
        changes["media"] = (*earlier.media, captioned, *added[1:])
    changes["text_above"] = earlier.text_above or part.text_above
    changes["left_out"] = tuple(dict.fromkeys((*earlier.left_out, *part.left_out)))
    return earlier.model_copy(update=changes)


def _in_place_of(earlier: Message, content: Message) -> Message:
    """Buttons the draft already has stay."""
    return content if content.buttons else content.model_copy(update={"buttons": earlier.buttons})


async def _save(turn: Turn, earlier: Broadcast, make: Callable[[Message], Message]) -> list[Reply]:
    """`make` the message of what stands there when it is written."""
    broadcast_id = earlier.broadcast_id or 0
    sendable(make(compose.message_of(earlier)))
    await compose.reshape(turn.core, turn.admin, broadcast_id, make)
    return await preview.show(turn, broadcast_id)


def sendable(content: Message) -> None:
    """Raises Invalid for what holds nothing we can send."""
    if content.is_empty:
        raise Invalid(
            N_(
                "I cannot broadcast that kind of message. Please send text, a photo, a video, "
                "a voice message, music or a file."
            )
        )


async def edited(turn: Turn, message: Message) -> list[Reply]:
    """The author edited a message they had sent: the draft made of it follows."""
    request = turn.request
    origin = await posted.source(
        turn.core, request.actor.frontend, request.conversation, request.message_id
    )
    if origin is None:
        return []
    row = await compose.get(turn.core, origin.broadcast_id)
    earlier = compose.message_of(row)
    if origin.kind == posted.EARLIER:
        if row.status != BroadcastStatus.DRAFT:
            return []
        say = turn.speech.say
        return [Reply(say("That is an earlier message. The draft holds what you sent after it."))]
    place = None
    if request.album:
        parts = await posted.sources(turn.core, origin.broadcast_id)
        place = [part.message_id for part in parts].index(request.message_id)

    def follow(now: Message) -> Message:
        whole = message if place is None else _mended(now, place, message)
        return whole.model_copy(update={"buttons": now.buttons, "templates": now.templates})

    if follow(earlier) == earlier:
        return []  # platforms report an edit for much less, such as a link's picture
    return await _save(turn, row, follow)


def _mended(earlier: Message, place: int, part: Message) -> Message:
    """An album after one of its parts was edited."""
    media, text, text_at = part.media, earlier.text, earlier.text_at
    if place == text_at:
        text = part.text
    elif not text.text:
        text, text_at = part.text, place
    elif media:
        media = (media[0].model_copy(update={"caption": part.text}), *media[1:])
    changes = {
        "text": text, "text_at": text_at, "text_above": part.text_above,
        "media": (*earlier.media[:place], *media, *earlier.media[place + 1 :]),
        "left_out": tuple(dict.fromkeys((*earlier.left_out, *part.left_out))),
    }  # fmt: skip
    return earlier.model_copy(update=changes)
