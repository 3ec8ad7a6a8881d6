"""What cannot be taken back is asked once more: the same command line with `now` acts."""

from __future__ import annotations

from bot.chat import Button, Reply
from bot.handlers.turn import Turn
from bot.views.review_card import lines
from broadcast.language import N_
from broadcast.message import RichText

NOW = "now"
QUESTIONS = {
    "cancel": N_("The broadcast stops for good. What was sent stays sent."),
    "delete": N_("It leaves your drafts. By its number, you can use it again."),
    "remove": N_("They can no longer write or approve broadcasts."),
    "role": N_("Their role changes at once. Codes they made and questions open to them end."),
}


def has_agreed(turn: Turn) -> bool:
    """Only about what was named."""
    return len(turn.words) > 1 and turn.words[-1] == NOW


def ask(turn: Turn, number: int | str, what: RichText, label: str, back: str) -> Reply:
    """`number` and what else the command needs; `label` of the button that does it; `back` is the command line of the one that does not."""
    text = lines(turn.speech.say("Are you sure?"), what, turn.speech.say(QUESTIONS[turn.command]))
    rows = (
        (Button(label, f"{turn.command} {number} {NOW}"),),
        (Button(turn.speech.plain("Go back"), back),),
    )
    return Reply(text, rows)
