"""An admin's bare STOP while something runs: which was meant, the broadcast or their own place on
the list? Until they say, nothing is sent to them."""

from __future__ import annotations

from bot.chat import Button, Reply
from bot.handlers import halt, menu
from bot.handlers.turn import Turn
from bot.views import review_card
from broadcast.consent_words import says_stop
from broadcast.context import Core
from broadcast.services import admin_subscription, brake

_BARE_WORDS = 4  # a longer text of an admin is what they broadcast, whatever it says of leaving
_BRAKE, _STOPS = "halt", frozenset({"halt", "pause"})
SHOUTED = " !.…\n"  # around a word that stops something
BROADCAST, ME, NEITHER = "broadcast", "me", "neither"


def would_leave(command: str, text: str) -> bool:
    """Whether that alone would take a subscriber off the list: `/stop`, `/dur`, or a few words."""
    if command:
        return command == "stop" or says_stop(command)
    return bool(text) and len(text.split()) <= _BARE_WORDS and says_stop(text)


async def may_mean_broadcast(core: Core) -> bool:
    """Whether such words may mean a broadcast."""
    return await brake.something_runs(core)


async def heard(turn: Turn, said: str, meant: str) -> list[Reply]:
    """A bare STOP while something runs may be no content; the name of the brake without its slash is
    the brake, where it answers no question. `meant`: the command that the words are the name of.
    Empty: it is content."""
    if not (would_leave("", said) or meant in _STOPS) or not await may_mean_broadcast(turn.core):
        return []
    if meant == _BRAKE and not turn.identity.asking:
        return await halt.halt_now(turn)
    return [await ask(turn)]


async def stop(turn: Turn) -> list[Reply]:
    """`/stop`, and the buttons of the question it asks."""
    which = turn.words[0] if turn.words else ""
    actor = turn.request.actor
    if which == BROADCAST:
        await admin_subscription.keep_subscribed(turn.core, actor.frontend, actor.user_id)
        return await halt.halt_now(turn)
    if which == ME:
        return [await _leave(turn)]
    if which == NEITHER:
        await admin_subscription.keep_subscribed(turn.core, actor.frontend, actor.user_id)
        text = turn.speech.say("All right, nothing has changed.")
        return [Reply(text, await menu.rows(turn.core, turn.speech, turn.admin))]
    return [await ask(turn)]


async def ask(turn: Turn) -> Reply:
    """Nothing is stopped and nobody leaves before it is answered."""
    speech, core, actor = turn.speech, turn.core, turn.request.actor
    if not await may_mean_broadcast(core):
        text = speech.say("Nothing is on its way.")
        return Reply(text, await menu.rows(core, speech, turn.admin), notice=text.text)
    listed = await admin_subscription.hold_until_answered(core, actor.frontend, actor.user_id)
    rows = [(Button(speech.plain("Stop the broadcast"), f"stop {BROADCAST}"),)]
    held = None
    if listed:
        held = speech.say("Until you answer, you get none of our messages.")
        rows.append((Button(speech.plain("I want to leave the list myself"), f"stop {ME}"),))
    rows.append((Button(speech.plain("Neither"), f"stop {NEITHER}"),))
    return Reply(review_card.lines(speech.say("What shall I stop?"), held), tuple(rows))


async def _leave(turn: Turn) -> Reply:
    actor, speech = turn.request.actor, turn.speech
    if not await admin_subscription.unsubscribe(
        turn.core, actor.frontend, actor.user_id, turn.request.event_id
    ):
        return Reply(speech.say("You are not on the list here."))
    return Reply(
        speech.say("Done. You will not receive anything more from us. What runs goes on."),
        await menu.rows(turn.core, speech, turn.admin),
    )
