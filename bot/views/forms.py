"""Forms: several questions at once, what is wrong with the answers, and keeping them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime

from bot.chat import Field, FieldKind, Form
from bot.handlers.turn import Turn
from broadcast.errors import CannotDo, Invalid, TooLate
from broadcast.language import N_, languages
from broadcast.message import LinkButton, Media, Message, RichText
from broadcast.models import Broadcast
from broadcast.services import compose, edition, review, schedule
from broadcast.services.subscribe import LANGUAGE_NAMES

EVERYONE, KEEP, REMOVE = "all", "keep", "remove"
_BUTTON = re.compile(r"^\s*(?P<label>.+?)\s*(?:-|–|—|\||:|\s)\s*(?P<url>\w+://\S+)\s*$")
Errors = dict[str, str]
"""What is wrong, by field name; under the empty name what no field can mend."""


def composing(turn: Turn, row: Broadcast) -> Form:
    """Everything a broadcast is, as it stands."""
    plain, message = turn.speech.plain, compose.message_of(row)
    fields = [
        # Files alone are a message too; before it has any, there has to be a text
        Field(
            "text", FieldKind.RICH_TEXT, plain("Message"), value=message.text,
            required=not message.media,
            hint="" if message.media else plain("A picture alone? Send it to me as a message."),
        ),
        Field(
            "files", FieldKind.FILES, plain("Files"), value=message.media,
            hint=plain("New files replace those it has.") if message.media else "",
        ),
    ]  # fmt: skip
    if message.media:
        fields.append(
            Field(
                "keep", FieldKind.CHOICE, plain("The files it has"), value=KEEP,
                options=((KEEP, plain("Keep them")), (REMOVE, plain("Remove them"))), required=True,
            )
        )  # fmt: skip
    fields.append(_buttons_field(turn, message.buttons))
    if row.launched_at is None:  # of one that was launched only its message can be corrected
        fields += [_audience_field(turn, row), _at(turn, row)]
    title = plain("Broadcast #{id}", id=row.broadcast_id)
    return Form(title, tuple(fields), _line(turn, "save", row), plain("Preview"))


def _buttons_field(turn: Turn, rows: tuple[tuple[LinkButton, ...], ...]) -> Field:
    lines = _as_lines(rows)
    hint = turn.speech.plain("One a line, like `Read more - https://example.org`")
    return Field("buttons", FieldKind.LINES, turn.speech.plain("Buttons"), hint, lines)


def _as_lines(rows: tuple[tuple[LinkButton, ...], ...]) -> str:
    return "\n".join(f"{button.label} - {button.url}" for row in rows for button in row)


def _audience_field(turn: Turn, row: Broadcast) -> Field:
    plain = turn.speech.plain
    options = [(EVERYONE, plain("Everyone"))]
    options += [(code, LANGUAGE_NAMES.get(code, code)) for code in languages()]
    value = str(row.audience.get("language", "")) or EVERYONE
    return Field(
        "audience", FieldKind.CHOICE, plain("Who receives it"), value=value,
        options=tuple(options), required=True,
    )  # fmt: skip


def _at(turn: Turn, row: Broadcast) -> Field:
    plain = turn.speech.plain
    hint = plain("Leave it empty to send as soon as it is approved.")
    return Field("at", FieldKind.MOMENT, plain("When"), hint, row.scheduled_at)


def buttons(turn: Turn, row: Broadcast) -> Form:
    plain = turn.speech.plain
    field = _buttons_field(turn, compose.message_of(row).buttons)
    title = plain("Buttons of #{id}", id=row.broadcast_id)
    return Form(title, (field,), _line(turn, "button", row), plain("Preview"))


def moment(turn: Turn, row: Broadcast) -> Form:
    plain = turn.speech.plain
    title = plain("Time of #{id}", id=row.broadcast_id)
    return Form(title, (_at(turn, row),), _line(turn, "schedule", row), plain("Keep"))


def reason(turn: Turn, row: Broadcast) -> Form:
    plain = turn.speech.plain
    label = plain("Why? Its author will read it.")
    field = Field("reason", FieldKind.LINES, label, required=True, limit=review.REASON_CHARACTERS)
    title = plain("Reject #{id}", id=row.broadcast_id)
    line = f"reject {row.broadcast_id} {row.submission}"
    return Form(title, (field,), line, plain("Send back"), closes=True)


def _line(turn: Turn, command: str, row: Broadcast) -> str:
    """What submitting runs, with what its person has before their eyes."""
    return f"{command} {row.broadcast_id} {edition.mark_of(turn.core, row)}"


def seen(turn: Turn) -> str:
    """What the form was opened on: the mark of a draft, or the submission that is sent back."""
    return turn.rest()


async def check(turn: Turn) -> Errors:
    """What keeps the form from being accepted. Changes nothing."""
    found: Errors = {}
    try:
        row = await compose.get(turn.core, turn.broadcast_id())
        if turn.command == "reject":
            await review.may_reject(turn.core, turn.admin, row)
            if seen(turn) != row.submission:
                raise TooLate(review.CHANGED)
        else:
            compose.may_edit(turn.admin, row)
            await compose.require_unchanged(turn.core, turn.admin, row, seen(turn))
        if "text" in turn.values and not _text(turn, row).text.strip() and not _media(turn, row):
            found["text"] = turn.speech.plain("There is nothing in it yet.")
    except CannotDo as refusal:
        return {"": turn.speech.plain(refusal.template, **refusal.values)}
    for name, read in _READ.items():
        try:
            if name in turn.values:
                read(turn)
        except CannotDo as refusal:
            found[name] = turn.speech.plain(refusal.template, **refusal.values)
    return found


async def save(turn: Turn, row: Broadcast) -> None:
    """Raises Invalid and what `compose.rewrite` raises; then nothing was changed."""
    language = _audience(turn) if "audience" in turn.values else ""
    await compose.rewrite(
        turn.core, turn.admin, row.broadcast_id or 0, written(turn, row), language,
        moment_of(turn), seen(turn),
    )  # fmt: skip


def written(turn: Turn, row: Broadcast) -> Message:
    """The message as the form says it. Raises Invalid."""
    changes = {"text": _text(turn, row), "media": _media(turn, row), "buttons": _buttons(turn, row)}
    return compose.message_of(row).model_copy(update=changes)


async def save_buttons(turn: Turn, row: Broadcast) -> None:
    message = compose.message_of(row).model_copy(update={"buttons": _buttons(turn, row)})
    await compose.set_message(turn.core, turn.admin, row.broadcast_id or 0, message, seen(turn))


def _audience(turn: Turn) -> str:
    """A language, or empty for everyone. What is none of these is never taken for everyone."""
    chosen = turn.values.get("audience")
    if chosen not in {EVERYONE, *languages()}:
        raise Invalid(N_("Please choose who receives it."))
    return "" if chosen == EVERYONE else str(chosen)


def label_and_url(line: str) -> tuple[str, str]:
    """`Read more - https://example.org` in two; empty strings when it is not like that."""
    found = _BUTTON.match(line)
    return (found["label"], found["url"]) if found else ("", "")


def _text(turn: Turn, row: Broadcast) -> RichText:
    """As it was, where the console says nothing of it."""
    value = turn.values.get("text", compose.message_of(row).text)
    return value if isinstance(value, RichText) else RichText()


def _media(turn: Turn, row: Broadcast) -> tuple[Media, ...]:
    """Files chosen now take the place of those it has."""
    chosen = turn.values.get("files")
    if isinstance(chosen, tuple) and chosen:
        return chosen
    return () if turn.values.get("keep") == REMOVE else compose.message_of(row).media


def _buttons(turn: Turn, row: Broadcast) -> tuple[tuple[LinkButton, ...], ...]:
    """As they were, rows and all, where the form did not show them or nobody changed them."""
    has = compose.message_of(row).buttons
    written = turn.values.get("buttons")
    if "buttons" not in turn.values or _same_lines(str(written or ""), _as_lines(has)):
        return has
    return _buttons_written(turn)


def _same_lines(one: str, other: str) -> bool:
    return [line.strip() for line in one.splitlines()] == [
        line.strip() for line in other.splitlines()
    ]


def _buttons_written(turn: Turn) -> tuple[tuple[LinkButton, ...], ...]:
    lines = str(turn.values.get("buttons") or "").splitlines()
    return tuple((compose.link_button(*label_and_url(line)),) for line in lines if line.strip())


def moment_of(turn: Turn) -> datetime | None:
    value = turn.values.get("at")
    if not isinstance(value, datetime):
        return None
    return schedule.in_future(value, turn.core.clock())


def reason_of(turn: Turn) -> str:
    return review.reason(str(turn.values.get("reason") or ""))


_READ: dict[str, Callable[[Turn], object]] = {
    "buttons": _buttons_written, "audience": _audience, "at": moment_of, "reason": reason_of,
}  # fmt: skip
