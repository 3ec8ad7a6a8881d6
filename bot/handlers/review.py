"""Two people: submit, approve what was seen, reject with a reason."""

from __future__ import annotations

from dataclasses import replace

from bot.chat import Button, Reply
from bot.handlers.turn import Turn
from bot.views import forms, review_card, run_card
from broadcast.errors import CannotDo, NotAllowed, TooLate
from broadcast.services import approval_standing, compose, control, review, team
from broadcast.services.console_messages import COPY
from broadcast.states import BroadcastStatus


async def submit(turn: Turn) -> list[Reply]:
    broadcast_id = turn.broadcast_id()
    look = await review.submit(turn.core, turn.admin, broadcast_id)
    # What they write next is not for what they have just handed in.
    await turn.focus(None)
    await team.let_go(turn.core, broadcast_id)
    reply = review_card.card(
        turn.core, turn.speech, look, timezone=turn.admin.timezone, replaces=True
    )
    if turn.decides(look):  # theirs is the card that comes with the content
        reply = replace(reply, track=(f"{COPY}{look.submission}", broadcast_id))
    return [reply]


async def approve(turn: Turn) -> list[Reply]:
    """Only the button of a card decides; whatever is typed shows the card."""
    broadcast_id = turn.broadcast_id()
    seen = turn.rest()
    if not (turn.request.pressed and seen):
        return await _show(turn, broadcast_id)
    row = await review.approve(turn.core, turn.admin, broadcast_id, seen)
    look = await compose.look_at(turn.core, broadcast_id)
    zone = turn.admin.timezone
    if row.status == BroadcastStatus.IN_REVIEW:
        made = review.of_round(await review.decisions(turn.core, broadcast_id), seen)
        reply = review_card.review(
            turn.core, turn.speech, look, timezone=zone, made=made, waits=False
        )
        notice = turn.speech.plain("Thank you. It still needs another approval.")
        return [replace(reply, content=None, replaces=True, notice=notice)]
    reply = await run_card.draw(turn, broadcast_id, replaces=True)
    if row.status == BroadcastStatus.PAUSED:  # a correction, under somebody else's pause
        rests = await control.held_by(turn.core, row)
        said = turn.speech.say(rests.template, **rests.values)
        reply = replace(reply, text=review_card.lines(reply.text, said))
    return [replace(reply, notice=turn.speech.plain("You approved it."))]


async def reject(turn: Turn) -> list[Reply]:
    """A button or a form brings the submission it was shown with; typed words are the reason."""
    broadcast_id = turn.broadcast_id()
    if "reason" in turn.values:
        where, said = f"{broadcast_id}:{forms.seen(turn)}", forms.reason_of(turn)
        try:
            return await take_reason(turn, where, said)
        except CannotDo as no:  # decided since it was checked: what they wrote is not lost with it
            text = turn.speech.say(no.template, **no.values)
            wrote = turn.speech.say("You had written: {reason}", reason=review_card.quoted(said))
            return [Reply(review_card.lines(text, wrote))]
    seen = turn.rest() if turn.request.pressed else ""
    if turn.rest() and not seen:
        return await take_reason(turn, str(broadcast_id), turn.rest())
    row = await compose.get(turn.core, broadcast_id)
    await review.may_reject(turn.core, turn.admin, row)
    if seen not in {"", row.submission}:
        raise TooLate(review.CHANGED)
    await turn.ask(turn.identity.draft_id, f"reason:{broadcast_id}:{row.submission}")
    text = turn.speech.say("Why? Write one sentence; its author will read it.")
    back = Button(turn.speech.plain("Back"), f"status {broadcast_id}")
    return [Reply(text, ((back,),), form=forms.reason(turn, row))]


async def take_reason(turn: Turn, where: str, reason: str) -> list[Reply]:
    """`where`: its number, and after a colon the submission the reason is about."""
    number, _, seen = where.partition(":")
    reason = review.reason(reason)  # else the question stands
    await turn.focus(turn.identity.draft_id)
    await review.reject(turn.core, turn.admin, int(number), reason, seen)
    await team.let_go(turn.core, int(number))
    return [Reply(turn.speech.say("*#{id}* went back to its author.", id=int(number)))]


async def _show(turn: Turn, broadcast_id: int) -> list[Reply]:
    """What they would say yes to, and the button that says it."""
    look = await compose.look_at(turn.core, broadcast_id)
    own = look.shaped_by(turn.admin)
    if own and not turn.core.policy.allow_self_approval:
        raise NotAllowed(approval_standing.OWN)
    if look.broadcast.status != BroadcastStatus.IN_REVIEW:
        return [review_card.card(turn.core, turn.speech, look, timezone=turn.admin.timezone)]
    made = review.of_round(await review.decisions(turn.core, broadcast_id), look.submission)
    return [
        review_card.review(
            turn.core, turn.speech, look, timezone=turn.admin.timezone, own=own, made=made
        )
    ]
