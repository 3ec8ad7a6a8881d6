"""How a correction is shown: what can be done with it, and who got which content (pure)."""

from __future__ import annotations

from bot.chat import Button, Rows
from broadcast.language import Speech
from broadcast.message import RichText
from broadcast.models import Broadcast
from broadcast.outcome import Reason
from broadcast.services.report import Sums


def is_of_content(row: Broadcast) -> bool:
    """Whether it rests because the platform refused the message itself."""
    return row.pause_reason.partition(":")[0] == Reason.CONTENT.value


def paused_buttons(speech: Speech, row: Broadcast) -> Rows:
    number, plain = row.broadcast_id, speech.plain
    cancel = Button(plain("Cancel"), f"cancel {number}")
    if row.correcting:
        return (
            (
                Button(plain("Submit for approval"), f"submit {number}"),
                Button(plain("Edit"), f"content {number}"),
            ),
            (
                Button(plain("Add button"), f"button {number}"),
                Button(plain("Preview"), f"preview {number}"),
            ),
            (Button(plain("Take the correction back"), f"correct {number} back"), cancel),
        )
    first = Button(plain("Correct it"), f"correct {number}")
    resume = Button(plain("Resume"), f"resume {number}")
    return ((first, resume) if is_of_content(row) else (resume, first), (cancel,))


def audience(speech: Speech, row: Broadcast, sums: Sums) -> RichText:
    """Whom a correction is for, or one that is asked about again before it goes on."""
    if not row.correcting:
        return speech.say(
            "It goes on to those who have not got it ({open}); who has it already ({sent}) gets nothing more.",
            open=speech.number(sums.open), sent=speech.number(sums.sent),
        )  # fmt: skip
    return speech.say(
        "A correction. It goes to those who have not got it ({open}); who has it already ({sent}) gets no second one.",
        open=speech.number(sums.open), sent=speech.number(sums.sent),
    )  # fmt: skip
