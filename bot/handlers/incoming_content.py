"""Content that comes as messages: taken into a draft, joined part by part, added to what it holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bot.chat import Reply
from bot.handlers import preview
from bot.handlers.turn import Turn
from broadcast.errors import Invalid
from broadcast.language import N_
from broadcast.message import Message
from broadcast.services import compose, console_messages, unasked_content


async def take(turn: Turn, broadcast_id: int, content: Message) -> list[Reply]:
    """Content for a draft, and the message it came from; edits of that one are followed. Another
    part of the album it holds joins it; anything else takes the place of what it holds."""
    request = turn.request
    if request.album and await draft_of_album(turn) == broadcast_id:
        replies = await follow(turn, broadcast_id, lambda now: joined(now, content), whole=False)
        await _remember(turn, broadcast_id, [request.message_id], request.album)
        await turn.focus(broadcast_id)
        return replies
    return await put(turn, broadcast_id, content, [request.message_id], request.album)


async def put(
    turn: Turn, broadcast_id: int, content: Message, messages: Sequence[str], album: str
) -> list[Reply]:
    """In place of what the draft holds; its buttons stay where there are no others. `messages`: the
    console's ids of what it came in."""
    replies = await follow(turn, broadcast_id, lambda now: _in_place_of(now, content))
    await retire(turn, broadcast_id)
    await _remember(turn, broadcast_id, messages, album)
    await turn.focus(broadcast_id)
    return replies


async def add(turn: Turn, broadcast_id: int, content: Message) -> list[Reply]:
    """To what the draft holds."""
    replies = await follow(turn, broadcast_id, lambda now: added(now, content))
    await turn.focus(broadcast_id)
    return replies


async def retire(turn: Turn, broadcast_id: int) -> None:
    """What the draft was made of is not what it holds any more: edits of it change nothing."""
    await console_messages.retire_sources(turn.core, broadcast_id)
    await unasked_content.forget_additions(turn.core, broadcast_id)


async def _remember(turn: Turn, broadcast_id: int, messages: Sequence[str], album: str) -> None:
    request, kind = (
        turn.request,
        f"{console_messages.SOURCE}:{album}" if album else console_messages.SOURCE,
    )
    for message_id in filter(None, messages):
        await console_messages.remember(
            turn.core, broadcast_id, kind, request.actor.frontend, request.conversation, message_id
        )


async def draft_of_album(turn: Turn) -> int | None:
    """The draft, or what became of it, that holds the other parts of this album."""
    request = turn.request
    kind = f"{console_messages.SOURCE}:{request.album}"
    return await console_messages.made_of(
        turn.core, kind, request.actor.frontend, request.conversation
    )


def joined(earlier: Message, part: Message) -> Message:
    """The album so far with one more part. Its text is the first there is, where it stands; every
    further one is its own file's caption."""
    place, more = len(earlier.media), part.media
    changes: dict[str, Any] = {"media": (*earlier.media, *more)}
    if part.text.text and not earlier.text.text:
        changes |= {"text": part.text, "text_at": place}
    elif part.text.text and more:
        captioned = more[0].model_copy(update={"caption": part.text})
        changes["media"] = (*earlier.media, captioned, *more[1:])
    changes["text_above"] = earlier.text_above or part.text_above
    changes["left_out"] = tuple(dict.fromkeys((*earlier.left_out, *part.left_out)))
    return earlier.model_copy(update=changes)


def added(earlier: Message, more: Message) -> Message:
    """Both: text under text, files behind files, buttons below buttons."""
    text, text_at = earlier.text, earlier.text_at
    if text.text and more.text.text:
        text = text + "\n\n" + more.text
    elif more.text.text:
        text, text_at = more.text, len(earlier.media) + more.text_at
    return earlier.model_copy(
        update={
            "text": text, "text_at": text_at, "media": (*earlier.media, *more.media),
            "buttons": (*earlier.buttons, *more.buttons),
            "text_above": earlier.text_above or more.text_above,
            "left_out": tuple(dict.fromkeys((*earlier.left_out, *more.left_out))),
        }
    )  # fmt: skip


def _in_place_of(earlier: Message, content: Message) -> Message:
    """Buttons the draft already has stay."""
    return content if content.buttons else content.model_copy(update={"buttons": earlier.buttons})


async def follow(
    turn: Turn, broadcast_id: int, make: Callable[[Message], Message], *, whole: bool = True
) -> list[Reply]:
    """`make` the message of what stands there when it is written. `whole` as in `compose.edit`."""
    earlier = await compose.get(turn.core, broadcast_id)
    sendable(make(compose.message_of(earlier)))
    await compose.change_message(turn.core, turn.admin, broadcast_id, make, whole)
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
