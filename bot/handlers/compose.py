"""Writing: begin a draft, take its content, buttons and audience, show it, delete it."""

from __future__ import annotations

from dataclasses import replace

from bot.chat import Button, Reply, Rows
from bot.handlers import confirm, control, incoming_content, preview, schedule
from bot.handlers.turn import Turn
from bot.views import changes, forms, review_card
from broadcast.errors import Invalid
from broadcast.language import N_, languages
from broadcast.message import Message, RichText
from broadcast.models import Broadcast
from broadcast.services import compose
from broadcast.services.subscribe import LANGUAGE_NAMES
from broadcast.states import BroadcastStatus

PAGE = 10


async def new(turn: Turn) -> list[Reply]:
    """A draft, empty or of what was written behind the command or pointed at."""
    content = turn.request.content
    if content is None and turn.request.arguments.strip():
        content = Message(text=RichText(text=turn.request.arguments.strip()))
    if content is not None:
        incoming_content.sendable(content)
        row = await compose.new(turn.core, turn.admin)
        return await incoming_content.take(turn, row.broadcast_id or 0, content)
    row = await _unused(turn) or await compose.new(turn.core, turn.admin)
    await turn.ask(row.broadcast_id, "content")
    text = turn.speech.say(
        "*#{id}* is open. Now send or forward me the message: text, photo, video, file or album.",
        id=row.broadcast_id,
    )
    return [Reply(text, form=forms.composing(turn, row))]


async def _unused(turn: Turn) -> Broadcast | None:
    """A draft of theirs that was opened and left empty: not one more of those."""
    rows = await compose.drafts(turn.core, turn.admin)
    return next((row for row in rows if compose.message_of(row).is_empty), None)


async def content(turn: Turn) -> list[Reply]:
    broadcast_id = turn.broadcast_id()
    row = await compose.get(turn.core, broadcast_id)
    compose.may_edit(turn.admin, row)
    await turn.ask(broadcast_id, "content")
    text = turn.speech.say("Send me the new message for *#{id}*.", id=broadcast_id)
    text = changes.warning(turn.speech, row, turn.admin.timezone) + text
    return [Reply(text, form=forms.composing(turn, row))]


async def save(turn: Turn) -> list[Reply]:
    """What the composing form says, at once. Typed without one: the form."""
    if not turn.values:
        return await content(turn)
    broadcast_id = turn.broadcast_id()
    earlier = await compose.get(turn.core, broadcast_id)
    try:
        await forms.save(turn, earlier)
    except compose.Changed as no:  # what they wrote must not be lost with the form
        text = turn.speech.say(no.template, **no.values)
        return [Reply(text, content=forms.written(turn, earlier))]
    await incoming_content.retire(turn, broadcast_id)
    await turn.focus(broadcast_id)
    shown = await preview.show(turn, broadcast_id)
    return [*shown, *schedule.question_time(turn, broadcast_id)]


async def button(turn: Turn) -> list[Reply]:
    broadcast_id = turn.broadcast_id()
    if turn.rest() == "clear":
        await compose.clear_buttons(turn.core, turn.admin, broadcast_id)
        return await preview.show(turn, broadcast_id)
    if "buttons" in turn.values:
        await forms.save_buttons(turn, await compose.get(turn.core, broadcast_id))
        return await preview.show(turn, broadcast_id)
    if turn.rest():
        return await take_buttons(turn, broadcast_id, turn.rest())
    row = await compose.get(turn.core, broadcast_id)
    compose.may_edit(turn.admin, row)
    await turn.ask(broadcast_id, "button")
    rows: Rows = ()
    if compose.message_of(row).buttons:
        remove = Button(turn.speech.plain("Remove its buttons"), f"button {broadcast_id} clear")
        rows = ((remove,),)
    text = turn.speech.say(
        "Send me its label and address, like `Read more - https://example.org`; several at once, one a line."
    )
    text = changes.warning(turn.speech, row, turn.admin.timezone) + text
    return [Reply(text, rows, form=forms.buttons(turn, row))]


async def take_buttons(turn: Turn, broadcast_id: int, text: str) -> list[Reply]:
    """One a line; where one is wrong none is taken."""
    lines = [line for line in text.splitlines() if line.strip()]
    added = [compose.link_button(*forms.label_and_url(line)) for line in lines]
    await compose.add_buttons(turn.core, turn.admin, broadcast_id, added)
    await turn.focus(broadcast_id)
    return await preview.show(turn, broadcast_id)


async def audience(turn: Turn) -> list[Reply]:
    broadcast_id = turn.broadcast_id()
    choice = turn.rest().lower()
    if choice in {"all", *languages()}:
        language = "" if choice == "all" else choice
        await compose.set_audience(turn.core, turn.admin, broadcast_id, language)
        return await preview.show(turn, broadcast_id, replaces=True)
    if choice:
        raise Invalid(N_("I do not know that audience. Please use the buttons of /audience."))
    row = await compose.get(turn.core, broadcast_id)
    compose.may_edit(turn.admin, row)
    everyone = Button(turn.speech.plain("Everyone"), f"audience {broadcast_id} all")
    readers = tuple(
        Button(LANGUAGE_NAMES.get(code, code), f"audience {broadcast_id} {code}")
        for code in languages()
    )
    text = turn.speech.say("Who should receive *#{id}*?", id=broadcast_id)
    text = changes.warning(turn.speech, row, turn.admin.timezone) + text
    return [Reply(text, ((everyone,), readers))]


async def drafts(turn: Turn) -> list[Reply]:
    """The latest first, a page at a time: `/drafts 2`."""
    rows = await compose.drafts(turn.core, turn.admin)
    plain = turn.speech.plain
    begin = (Button(plain("New broadcast"), "new"), Button(plain("Earlier posts"), "shelf"))
    if not rows:
        return [Reply(turn.speech.say("You have no drafts."), (begin,))]
    pages = -(-len(rows) // PAGE)
    asked = turn.words[0] if turn.words else ""
    page = min(max(int(asked), 1), pages) if asked.isdecimal() else 1
    buttons = tuple(
        (Button(review_card.title(turn.speech, row).text, f"open {row.broadcast_id}"),)
        for row in rows[(page - 1) * PAGE : page * PAGE]
    )
    text = turn.speech.say_n("You have {n} draft.", "You have {n} drafts.", len(rows))
    if pages > 1:
        text = text + " " + turn.speech.say("Page {page} of {pages}", page=page, pages=pages)
        more = (Button(turn.speech.plain("More"), f"drafts {page % pages + 1}"),)
        buttons = (*buttons, more)
    return [Reply(text, (*buttons, begin), replaces=bool(asked))]


async def open_draft(turn: Turn) -> list[Reply]:
    broadcast_id = turn.broadcast_id()
    row = await compose.get(turn.core, broadcast_id)
    if row.status != BroadcastStatus.DRAFT:
        message, standing = compose.message_of(row), await control.show_status(turn, row)
        return [standing if message.is_empty else replace(standing, content=message)]
    if row.author_id == turn.admin.admin_id:
        empty = compose.message_of(row).is_empty
        await turn.focus(broadcast_id, "content" if empty else "")
    return await preview.show(turn, broadcast_id)


async def delete(turn: Turn) -> list[Reply]:
    broadcast_id = turn.broadcast_id()
    row = await compose.get(turn.core, broadcast_id)
    worth = row.status == BroadcastStatus.DRAFT and not compose.message_of(row).is_empty
    if worth and not confirm.has_agreed(turn):
        label = turn.speech.plain("Delete #{id}", id=broadcast_id)
        about = review_card.title(turn.speech, row)
        return [confirm.ask(turn, broadcast_id, about, label, f"open {broadcast_id}")]
    await compose.delete(turn.core, turn.admin, broadcast_id)
    if turn.identity.draft_id == broadcast_id:
        await turn.focus(None)
    text = turn.speech.say("*#{id}* is deleted.", id=broadcast_id)
    rows = ((Button(turn.speech.plain("Use again"), f"reuse {broadcast_id}"),),) if worth else ()
    return [Reply(text, rows, replaces=True)]
