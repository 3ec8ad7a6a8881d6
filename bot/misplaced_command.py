"""An admin's command that was typed at a bot where the console does not stand: told where it does.

Only a slash command that subscribers do not have themselves; whatever else may be a refusal is one.
"""

from __future__ import annotations

from collections.abc import Callable

from bot import dispatch
from broadcast import consent_words
from broadcast.context import Core
from broadcast.inbound import Answer, Choice, Inbound, InboundKind
from broadcast.language import N_, speech
from broadcast.services import admin_subscription, doubt, newcomers, subscribe, team

# Commands that subscribers have as well; `/stop` is theirs everywhere.
_THEIRS = frozenset({"", "start", "stop", "language", "link"})
_NOT_HERE = N_("That is a command of the console, and the console is not here. Nothing was done.")
_THERE = N_("Please type it there: {place}")
_TO_LEAVE = N_("If you want to leave the list yourself, write STOP.")
Console = Callable[[str, str], str | None]


async def hear(core: Core, console: Console, inbound: Inbound) -> list[Answer]:
    """As `subscribe.hear`. `console(channel, account)`: the address of the console that stands
    elsewhere, empty while it is not known; None where there is no other."""
    place = console(inbound.channel, inbound.account) if _is_a_command(inbound) else None
    known = None
    if place is not None:
        known = await team.who(core, inbound.channel, inbound.address)
    if known is None:
        return await subscribe.hear(core, inbound)
    words = speech(known[0].language)
    text = words.say(_NOT_HERE)
    if place:
        text = text + " " + words.say(_THERE, place=place)
    if not await admin_subscription.listed(core, inbound.channel, inbound.address):
        return [Answer(text)]
    leave = Choice(words.plain("I want to leave the list myself"), doubt.LEAVE)
    return [Answer(text + "\n\n" + words.say(_TO_LEAVE), ((leave,),))]


def _is_a_command(inbound: Inbound) -> bool:
    word = consent_words.keyword(inbound.text)
    if inbound.kind != InboundKind.COMMAND or word in newcomers.WORDS:
        return False
    return dispatch.named(word) not in _THEIRS
