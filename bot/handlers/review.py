"""Two people: submit, approve what was seen, reject with a reason."""

from __future__ import annotations

from dataclasses import replace

from bot.chat import Button, Reply
from bot.handlers import card, form
from bot.handlers.turn import Turn
from broadcast.errors import NotAllowed
from broadcast.language import N_
from broadcast.machine import BroadcastStatus
from broadcast.services import compose, review, team


async def submit(turn: Turn) -> list[Reply]:
    broadcast_id = turn.broadcast_id()
    look = await review.submit(turn.core, turn.admin, broadcast_id)
    await turn.focus(broadcast_id)
    reply = card.card(turn.core, turn.speech, look, timezone=turn.admin.timezone, replaces=True)
    return [replace(reply, track=("card", broadcast_id))]


async def approve(turn: Turn) -> list[Reply]:
    broadcast_id = turn.broadcast_id()
    seen = turn.rest()
    if not seen:
        return await _ask(turn, broadcast_id)
    row = await review.approve(turn.core, turn.admin, broadcast_id, seen)
    look = await compose.look(turn.core, broadcast_id)
    made = review.of_round(await review.decisions(turn.core, broadcast_id), look.fingerprint)
    zone = turn.admin.timezone
    if row.status == BroadcastStatus.IN_REVIEW:
        author = card.author_name(await team.members(turn.core), row)
        reply = card.review(
            turn.core, turn.speech, look, author=author, timezone=zone, made=made, waits=False
        )
        notice = turn.speech.plain("Thank you. It still needs another approval.")
    else:
        said = (card.decision(turn.speech, *one, zone) for one in made)
        reply = card.decided(turn.speech, look, *said)
        notice = turn.speech.plain("You approved it.")
    return [replace(reply, replaces=True, notice=notice)]


async def reject(turn: Turn) -> list[Reply]:
    broadcast_id = turn.broadcast_id()
    if "reason" in turn.values:
        row = await compose.get(turn.core, broadcast_id)
        await compose.unchanged(turn.core, turn.admin, row, form.seen(turn))
        return await take_reason(turn, broadcast_id, form.reason_of(turn))
    if turn.rest():
        return await take_reason(turn, broadcast_id, turn.rest())
    row = await compose.get(turn.core, broadcast_id)
    await review.may_reject(turn.core, turn.admin, row)
    await turn.ask(turn.identity.draft_id, f"reason:{broadcast_id}")
    text = turn.speech.say("Why? Write one sentence; its author will read it.")
    back = Button(turn.speech.plain("Back"), f"status {broadcast_id}")
    return [Reply(text, ((back,),), form=form.reason(turn, row))]


async def take_reason(turn: Turn, broadcast_id: int, reason: str) -> list[Reply]:
    reason = review.reason(reason)  # else the question stands
    await turn.focus(turn.identity.draft_id)
    await review.reject(turn.core, turn.admin, broadcast_id, reason)
    return [Reply(turn.speech.say("*#{id}* went back to its author.", id=broadcast_id))]


async def _ask(turn: Turn, broadcast_id: int) -> list[Reply]:
    """Typed without a fingerprint: show what they would say yes to, and ask."""
    look = await compose.look(turn.core, broadcast_id)
    row = look.broadcast
    own = row.author_id == turn.admin.admin_id
    if own and not turn.core.policy.allow_self_approval:
        raise NotAllowed(N_("You wrote this one, so somebody else has to approve it."))
    if row.status != BroadcastStatus.IN_REVIEW:
        return [card.card(turn.core, turn.speech, look, timezone=turn.admin.timezone)]
    author = card.author_name(await team.members(turn.core), row)
    ask = card.review(
        turn.core, turn.speech, look, author=author, timezone=turn.admin.timezone, own=own
    )
    return [Reply(content=look.message), ask]
