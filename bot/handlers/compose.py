"""Writing: begin a draft, take its content, buttons and audience, show it, throw it away."""

from __future__ import annotations

from dataclasses import replace

from bot.chat import Button, Reply, Request, Rows
from bot.handlers import card, control, form
from bot.handlers.turn import Turn
from broadcast.errors import Invalid, NotFound
from broadcast.language import N_, languages
from broadcast.machine import BroadcastStatus
from broadcast.message import Message, RichText
from broadcast.models import Broadcast, Posted
from broadcast.services import compose, posted
from broadcast.services.subscribe import LANGUAGE_NAMES


async def new(turn: Turn) -> list[Reply]:
    """A draft, empty or of a message that was pointed at."""
    if turn.request.content is not None:
        _sendable(turn.request.content)
        row = await compose.new(turn.core, turn.admin)
        return await take(turn, row.broadcast_id or 0, turn.request.content)
    row = await _unused(turn) or await compose.new(turn.core, turn.admin)
    await turn.focus(row.broadcast_id, "content")
    text = turn.speech.say(
        "*#{id}* is open. Now send or forward me the message: text, photo, video, file or album.",
        id=row.broadcast_id,
    )
    return [Reply(text, form=form.composing(turn, row))]


async def _unused(turn: Turn) -> Broadcast | None:
    """A draft of theirs that was opened and left empty: not one more of those."""
    rows = await compose.drafts(turn.core, turn.admin)
    return next((row for row in rows if compose.message_of(row).is_empty), None)


async def show(turn: Turn, broadcast_id: int, *, replaces: bool = False) -> list[Reply]:
    """The message exactly as a subscriber will see it, and the control card under it."""
    look = await compose.look(turn.core, broadcast_id)
    control = card.card(
        turn.core, turn.speech, look, timezone=turn.admin.timezone, replaces=replaces
    )
    if look.message.is_empty or look.problems or replaces:
        return [control]  # what the platform would refuse cannot be previewed; the card says why
    return [Reply(content=look.message), control]


async def take(turn: Turn, broadcast_id: int, content: Message) -> list[Reply]:
    """Content for a draft, and the message it came from; edits of that one are followed."""
    earlier = await compose.get(turn.core, broadcast_id)
    request, note = turn.request, RichText()
    kind = f"{posted.SOURCE}:{request.album}" if request.album else posted.SOURCE
    parts = await posted.sources(turn.core, broadcast_id)
    another_part = bool(request.album) and any(_is(request, row, kind) for row in parts)
    if another_part:
        content, note = _joined(turn, compose.message_of(earlier), content)
    elif parts and turn.identity.asking != "content":
        note = turn.speech.say("This takes the place of what you sent before.")
    replies = await _save(turn, earlier, content)
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


def _joined(turn: Turn, earlier: Message, part: Message) -> tuple[Message, RichText]:
    """The album so far with one more part. It goes out with one text: the first there is."""
    note = RichText()
    if earlier.text.text and part.text.text:
        note = turn.speech.say("An album goes out with one text; I kept the first.")
    text = earlier.text if earlier.text.text else part.text
    media = (*earlier.media, *part.media)
    return earlier.model_copy(update={"media": media, "text": text}), note


async def _save(turn: Turn, earlier: Broadcast, content: Message) -> list[Reply]:
    """Buttons the draft already has stay."""
    broadcast_id = earlier.broadcast_id or 0
    if not content.buttons:
        buttons = compose.message_of(earlier).buttons
        content = content.model_copy(update={"buttons": buttons})
    _sendable(content)
    before = earlier.status
    await compose.set_message(turn.core, turn.admin, broadcast_id, content)
    return _voided(turn, before, await show(turn, broadcast_id))


def _sendable(content: Message) -> None:
    if content.is_empty:
        raise Invalid(
            N_(
                "I cannot broadcast that kind of message. Please send text, a photo, a video, "
                "a voice message, music or a file."
            )
        )


async def content(turn: Turn) -> list[Reply]:
    broadcast_id = turn.broadcast_id()
    row = await compose.get(turn.core, broadcast_id)
    compose.may_edit(turn.admin, row)
    await turn.focus(broadcast_id, "content")
    text = turn.speech.say("Send me the new message for *#{id}*.", id=broadcast_id)
    return [Reply(text, form=form.composing(turn, row))]


async def save(turn: Turn) -> list[Reply]:
    """What the composing form says, at once. Typed without one: the form."""
    if not turn.values:
        return await content(turn)
    broadcast_id = turn.broadcast_id()
    earlier = await compose.get(turn.core, broadcast_id)
    before = earlier.status  # within a turn the row itself is changed
    await form.save(turn, earlier)
    await turn.focus(broadcast_id)
    return _voided(turn, before, await show(turn, broadcast_id))


def _voided(turn: Turn, before: str, replies: list[Reply]) -> list[Reply]:
    if before == BroadcastStatus.DRAFT:
        return replies
    return [Reply(turn.speech.say("It was changed, so it needs approval again.")), *replies]


async def button(turn: Turn) -> list[Reply]:
    broadcast_id = turn.broadcast_id()
    if turn.rest() == "clear":
        await compose.clear_buttons(turn.core, turn.admin, broadcast_id)
        return await show(turn, broadcast_id)
    if "buttons" in turn.values:
        await form.save_buttons(turn, await compose.get(turn.core, broadcast_id))
        return await show(turn, broadcast_id)
    if turn.rest():
        return await take_button(turn, broadcast_id, turn.rest())
    row = await compose.get(turn.core, broadcast_id)
    await turn.focus(broadcast_id, "button")
    rows: Rows = ()
    if compose.message_of(row).buttons:
        remove = Button(turn.speech.plain("Remove its buttons"), f"button {broadcast_id} clear")
        rows = ((remove,),)
    text = turn.speech.say("Send me its label and address, like `Read more - https://example.org`")
    return [Reply(text, rows, form=form.buttons(turn, row))]


async def take_button(turn: Turn, broadcast_id: int, line: str) -> list[Reply]:
    label, url = form.label_and_url(line)
    await compose.add_button(turn.core, turn.admin, broadcast_id, label, url)
    await turn.focus(broadcast_id)
    return await show(turn, broadcast_id)


async def audience(turn: Turn) -> list[Reply]:
    broadcast_id = turn.broadcast_id()
    choice = turn.rest().lower()
    if choice in {"all", *languages()}:
        language = "" if choice == "all" else choice
        await compose.set_audience(turn.core, turn.admin, broadcast_id, language)
        return await show(turn, broadcast_id, replaces=True)
    if choice:
        raise Invalid(N_("I do not know that audience. Please use the buttons of /audience."))
    await compose.get(turn.core, broadcast_id)
    everyone = Button(turn.speech.plain("Everyone"), f"audience {broadcast_id} all")
    readers = tuple(
        Button(LANGUAGE_NAMES.get(code, code), f"audience {broadcast_id} {code}")
        for code in languages()
    )
    text = turn.speech.say("Who should receive *#{id}*?", id=broadcast_id)
    return [Reply(text, ((everyone,), readers))]


async def drafts(turn: Turn) -> list[Reply]:
    rows = await compose.drafts(turn.core, turn.admin)
    begin = (Button(turn.speech.plain("New broadcast"), "new"),)
    if not rows:
        return [Reply(turn.speech.say("You have no drafts."), (begin,))]
    buttons = tuple(
        (Button(card.title(turn.speech, row).text, f"open {row.broadcast_id}"),)
        for row in rows[:10]
    )
    text = turn.speech.say_n("You have {n} draft.", "You have {n} drafts.", len(rows))
    if len(rows) > len(buttons):
        text = text + " " + turn.speech.say("These are the latest; `/open 3` opens another.")
    return [Reply(text, (*buttons, begin))]


async def open_draft(turn: Turn) -> list[Reply]:
    broadcast_id = turn.broadcast_id()
    row = await compose.get(turn.core, broadcast_id)
    if row.status != BroadcastStatus.DRAFT:
        message, standing = compose.message_of(row), await control.standing(turn, row)
        return [standing if message.is_empty else replace(standing, content=message)]
    if row.author_id == turn.admin.admin_id:
        empty = compose.message_of(row).is_empty
        await turn.focus(broadcast_id, "content" if empty else "")
    return await show(turn, broadcast_id)


async def preview(turn: Turn) -> list[Reply]:
    return await show(turn, turn.broadcast_id())


async def test(turn: Turn) -> list[Reply]:
    """To yourself, as a named subscriber would see it."""
    broadcast_id = turn.broadcast_id()
    look = await compose.look(turn.core, broadcast_id)
    if look.message.is_empty:
        raise Invalid(N_("There is nothing in it yet. Send me the message first."))
    if look.problems:
        raise Invalid(look.problems[0].template, **look.problems[0].values)
    name = turn.rest()
    if not name:
        text = turn.speech.say("This is how {name} will see it.", name=turn.admin.name)
        return [Reply(text), Reply(content=look.message)]
    person = await compose.find_subscriber(turn.core, name)
    if person is None:
        raise NotFound(N_("No subscriber has that name."))
    text = turn.speech.say(
        "This is how {name} will see it, who reads {language}.",
        name=person.name, language=LANGUAGE_NAMES.get(person.language, person.language),
    )  # fmt: skip
    return [Reply(text), Reply(content=look.message)]


async def delete(turn: Turn) -> list[Reply]:
    broadcast_id = turn.broadcast_id()
    await compose.delete(turn.core, turn.admin, broadcast_id)
    if turn.identity.draft_id == broadcast_id:
        await turn.focus(None)
    text = turn.speech.say("*#{id}* is deleted.", id=broadcast_id)
    return [Reply(text, replaces=True)]


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
    if request.album:
        parts = await posted.sources(turn.core, origin.broadcast_id)
        place = [part.message_id for part in parts].index(request.message_id)
        message = _mended(earlier, place, message)
    if (message.text, message.media) == (earlier.text, earlier.media):
        return []  # platforms report an edit for much less, such as a link's picture
    return await _save(turn, row, message)


def _mended(earlier: Message, place: int, part: Message) -> Message:
    """An album after one of its parts was edited. Clients put its text under the first part."""
    text = part.text if part.text.text or place == 0 else earlier.text
    media = (*earlier.media[:place], *part.media, *earlier.media[place + 1 :])
    return Message(text=text, media=media)
