"""What is answered to words that nobody here reads: honest, and never for ever.

Another machine may answer each of our answers. So a person gets so many of these a day; a word that
changes something, a button and a command are always answered.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from broadcast.context import Core, Policy
from broadcast.language import N_, Speech
from broadcast.message import RichText
from broadcast.models import Subscriber

MOST_A_DAY = 3
_DAY = timedelta(days=1)
_WRITE_TO = N_("Nobody reads what is written here. Please write to {contact}.")
_NOBODY = N_(
    "Nobody reads what is written here, so nobody can answer you. *{sender}* only sends announcements."
)
NOT_SIGNED_UP = N_(
    "You are not signed up. To get announcements from *{sender}*, press the button or write JOIN."
)
TO_LEAVE = N_("Write STOP to leave.")


def take_turn(core: Core, person: Subscriber) -> bool:
    """Whether one more such answer may go to this person today; it is counted."""
    now = core.clock()
    if not _today(person.replies_from, now):
        person.replies_from, person.replies = now, 0
    person.replies += 1
    return person.replies <= MOST_A_DAY


def _today(since: datetime | None, now: datetime) -> bool:
    return since is not None and since <= now < since + _DAY


def nobody_reads(policy: Policy, speech: Speech) -> RichText:
    """Where to turn instead, as the house set it; else only that it is so."""
    if policy.contact:
        return speech.say(_WRITE_TO, contact=policy.contact)
    return speech.say(_NOBODY, sender=policy.sender_name)
