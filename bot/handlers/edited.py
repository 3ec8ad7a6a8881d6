"""An author edits a message they had sent: the draft that holds it follows, and what is asked of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bot.chat import Reply
from bot.handlers import incoming_content
from bot.handlers import unasked_content as questions
from bot.handlers.turn import Turn
from broadcast.language import N_
from broadcast.message import Message
from broadcast.models import Broadcast, Posted, Written
from broadcast.services import compose, console_messages
from broadcast.services import unasked_content as kept_content
from broadcast.services.unasked_content import Became
from broadcast.states import BroadcastStatus

_EARLIER = N_("That message is not in the draft any more. To change the draft, press Edit.")
_CHANGED = N_(
    "*#{id}* was changed since, so your correction is not in it. Press Edit to change it."
)


async def edited(turn: Turn, message: Message) -> list[Reply]:
    """Without a question: it is plain what is meant."""
    request = turn.request
    place = (request.actor.frontend, request.conversation, request.message_id)
    kept = await kept_content.of_message(turn.core, *place)
    if kept is not None and kept.became in {"", Became.NOTHING, Became.ADDED, Became.GONE}:
        return await _kept_one(turn, kept, message)
    origin = await console_messages.source(turn.core, *place)
    if origin is None:
        return []
    row = await compose.get(turn.core, origin.broadcast_id)
    if origin.kind == console_messages.EARLIER:
        return _not_there(turn, row)
    return await _source(turn, row, origin, message)


def _not_there(turn: Turn, row: Broadcast) -> list[Reply]:
    if row.status != BroadcastStatus.DRAFT:
        return []
    return [Reply(turn.speech.say(_EARLIER))]


async def _source(turn: Turn, row: Broadcast, origin: Posted, message: Message) -> list[Reply]:
    """What the draft was begun with; what was added to it since stays."""
    number, place = row.broadcast_id or 0, None
    if turn.request.album:
        parts = await console_messages.sources(turn.core, number)
        place = [part.message_id for part in parts].index(turn.request.message_id)

    def corrected(now: Message) -> Message:
        whole = message if place is None else _mended(now, place, message)
        return _with_choices(whole, now)

    more = await kept_content.additions(turn.core, number)
    now = compose.message_of(row)
    if not more:
        # platforms report an edit for much less, such as a link's picture
        return [] if corrected(now) == now else await _follow(turn, number, corrected)
    base = kept_content.base_of(more[0])
    if corrected(base) == base:
        return []
    return await _anew(turn, row, more, corrected(base))


async def _kept_one(turn: Turn, kept: Written, message: Message) -> list[Reply]:
    content = kept_content.content_of(kept)
    whole = message
    if len(kept.messages) > 1:
        whole = _mended(content, kept.messages.index(turn.request.message_id), message)
    if whole == content:
        return []
    if kept.became == Became.GONE and kept.broadcast_id is not None:
        return _not_there(turn, await compose.get(turn.core, kept.broadcast_id))
    if kept.became != Became.ADDED or kept.broadcast_id is None:
        await kept_content.rewrite(turn.core, kept, whole)
        kept.content = whole.model_dump(mode="json")
        return [] if kept.became else [await questions.ask_again(turn, kept)]
    row = await compose.get(turn.core, kept.broadcast_id)
    more = await kept_content.additions(turn.core, kept.broadcast_id)
    return await _anew(turn, row, more, kept_content.base_of(more[0]), {kept.written_id: whole})


async def _anew(
    turn: Turn, row: Broadcast, more: Sequence[Written], base: Message,
    instead: dict[int | None, Message] | None = None,
) -> list[Reply]:  # fmt: skip
    """Put together again what was begun with and what was added; where somebody has changed the
    whole since, it is left as they made it."""
    number, now = row.broadcast_id or 0, compose.message_of(row)
    whole = kept_content.base_of(more[0])
    for one in more:
        whole = incoming_content.added(whole, kept_content.content_of(one))
    if _with_choices(whole, now) != now:
        return [Reply(turn.speech.say(_CHANGED, id=number))]
    for one in more:
        content = (instead or {}).get(one.written_id, kept_content.content_of(one))
        await kept_content.rewrite(turn.core, one, content, base)
        base = incoming_content.added(base, content)
    return await _follow(turn, number, lambda then: _with_choices(base, then))


async def _follow(turn: Turn, number: int, make: Callable[[Message], Message]) -> list[Reply]:
    """Who works on nothing else works on this one again."""
    shown = await incoming_content.follow(turn, number, make)
    if turn.identity.draft_id is None:
        await turn.focus(number, turn.identity.asking)
    return shown


def _with_choices(message: Message, now: Message) -> Message:
    """Buttons, templates and the way out are chosen beside the words."""
    chosen = {"buttons": now.buttons, "templates": now.templates, "way_out": now.way_out}
    return message.model_copy(update=chosen)


def _mended(earlier: Message, place: int, part: Message) -> Message:
    """An album after one of its parts was edited."""
    media, text, text_at = part.media, earlier.text, earlier.text_at
    if place == text_at:
        text = part.text
    elif not text.text:
        text, text_at = part.text, place
    elif media:
        media = (media[0].model_copy(update={"caption": part.text}), *media[1:])
    changes: dict[str, Any] = {
        "text": text, "text_at": text_at, "text_above": part.text_above,
        "media": (*earlier.media[:place], *media, *earlier.media[place + 1 :]),
        "left_out": tuple(dict.fromkeys((*earlier.left_out, *part.left_out))),
    }  # fmt: skip
    return earlier.model_copy(update=changes)
