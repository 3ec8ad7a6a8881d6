"""Trying again for those it failed for: `/retry 3` asks, `/retry failed 3` and the buttons do."""

from __future__ import annotations

from dataclasses import replace

from bot.chat import Button, Reply
from bot.handlers import card
from bot.handlers.turn import Turn
from broadcast.errors import Invalid
from broadcast.language import N_, channel_label
from broadcast.message import RichText
from broadcast.services import compose, retry

FAILED = "failed"  # every temporary failure at once


async def again(turn: Turn) -> list[Reply]:
    """The word and the number come in either order, as people write them."""
    words = turn.words
    if len(words) == 2 and words[1].lstrip("#").isdecimal():
        arguments = f"{words[1]} {words[0]}"
        turn = replace(turn, request=replace(turn.request, arguments=arguments))
    wish = turn.rest().lower()
    if not wish:
        return await _ask(turn)
    offers = dict(await retry.offers(turn.core, turn.broadcast_id()))
    reasons = retry.TEMPORARY if wish == FAILED else frozenset({wish})
    held = await _held(turn)
    if not reasons & offers.keys():
        if held:
            return [Reply(card.lines(*held))]
        raise Invalid(
            N_("There is nobody to try again: those it did not reach cannot be reached any more.")
        )
    count = await retry.retry(turn.core, turn.admin, turn.broadcast_id(), frozenset(reasons))
    done = turn.speech.say_n(
        "Trying again for {n} person. The report keeps the failed try.",
        "Trying again for {n} people. The report keeps the failed tries.",
        count,
    )
    return [Reply(card.lines(done, *held))]


async def _held(turn: Turn) -> list[RichText]:
    """Whom the platform lets have no more for now, and until when."""
    return [
        turn.speech.say_n(
            "{channel} allows no further marketing message to {n} person before {moment}.",
            "{channel} allows no further marketing message to {n} people before {moment}.",
            n, channel=channel_label(channel), moment=turn.speech.moment(at, turn.admin.timezone),
        )
        for channel, n, at in await retry.held(turn.core, turn.broadcast_id())
    ]  # fmt: skip


async def _ask(turn: Turn) -> list[Reply]:
    broadcast_id = turn.broadcast_id()
    row = await compose.get(turn.core, broadcast_id)
    offers = await retry.offers(turn.core, broadcast_id)
    say, plain = turn.speech.say, turn.speech.plain
    held = await _held(turn)
    if not offers:
        none = say(
            "There is nobody to try again: those it did not reach cannot be reached any more."
        )
        return [Reply(card.lines(card.title(turn.speech, row), *(held or [none])))]
    said = [
        say("· {reason}: {n}", reason=card.reason_words(turn.speech, reason), n=count)
        for reason, count in offers
    ]
    passing = sum(count for reason, count in offers if reason in retry.TEMPORARY)
    buttons = [
        (
            Button(
                f"{card.reason_words(turn.speech, reason)} ({n})", f"retry {broadcast_id} {reason}"
            ),
        )
        for reason, n in offers
        if reason and reason not in retry.TEMPORARY
    ]
    if passing:
        label = plain("Temporary failures ({n})", n=passing)
        buttons.insert(0, (Button(label, f"retry {broadcast_id} {FAILED}"),))
    head = say("Whom shall I try again? People who blocked us or left are not among them.")
    text = card.lines(card.title(turn.speech, row), head, *said, *held)
    return [Reply(text, tuple(buttons))]
