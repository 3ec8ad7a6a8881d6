"""Trying again for those it failed for: `/retry 3` asks, `/retry failed 3` and the buttons do."""

from __future__ import annotations

from dataclasses import replace

from bot.chat import Button, Reply, Rows
from bot.handlers.turn import Turn
from bot.views import review_card
from broadcast.errors import Invalid
from broadcast.language import channel_label
from broadcast.message import RichText
from broadcast.services import compose, retry
from broadcast.states import BroadcastStatus

FAILED = "failed"  # every temporary failure at once


async def try_again(turn: Turn) -> list[Reply]:
    """The word and the number come in either order, as people write them."""
    words = turn.words
    if len(words) == 2 and words[1].lstrip("#").isdecimal():
        arguments = f"{words[1]} {words[0]}"
        turn = replace(turn, request=replace(turn.request, arguments=arguments))
    wish, _, offered = turn.rest().lower().partition(" ")
    if not wish:
        return await _ask(turn)
    broadcast_id = turn.broadcast_id()
    offers = dict(await retry.offers(turn.core, broadcast_id))
    reasons = retry.TEMPORARY if wish == FAILED else frozenset({wish})
    waits = await held(turn)
    if not reasons & offers.keys() and waits:
        return [Reply(review_card.lines(*waits), _ways(turn, broadcast_id))]
    try:
        count = await retry.retry(turn.core, turn.admin, broadcast_id, frozenset(reasons))
    except Invalid as nobody:
        text = review_card.sentence(turn.speech, nobody.template, nobody.values)
        return [Reply(text, _ways(turn, broadcast_id), notice=text.text[:190])]
    done = turn.speech.say_n(
        "Trying again for {n} person. The report keeps the failed try.",
        "Trying again for {n} people. The report keeps the failed tries.",
        count,
    )
    row = await compose.get(turn.core, broadcast_id)
    rests = row.status == BroadcastStatus.PAUSED
    text = review_card.lines(
        done, _not_as_offered(turn, count, offered),
        turn.speech.say("It is paused, so they get it once it goes on.") if rests else None,
        *waits,
    )  # fmt: skip
    go_on = Button(turn.speech.plain("Resume"), f"resume {broadcast_id}")
    ways = _ways(turn, broadcast_id)
    return [Reply(text, (((go_on,), *ways) if rests else ways))]


def _not_as_offered(turn: Turn, count: int, offered: str) -> RichText | None:
    """The button was older than what has happened since."""
    if not offered.isdecimal() or int(offered) == count:
        return None
    said = turn.speech.number(int(offered[:9]))
    if int(offered) > count:
        return turn.speech.say(
            "The button said {n}: the others left, blocked us or were tried again since.", n=said
        )
    return turn.speech.say("The button said {n}: it failed for more people since.", n=said)


def _ways(turn: Turn, broadcast_id: int) -> Rows:
    plain = turn.speech.plain
    return (
        (
            Button(plain("Report"), f"report {broadcast_id}"),
            Button(plain("Who missed it"), f"missed {broadcast_id}"),
        ),
    )


async def held(turn: Turn) -> list[RichText]:
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
    waits = await held(turn)
    if not offers:
        text = review_card.lines(
            review_card.title(turn.speech, row), *(waits or [say(retry.NOBODY)])
        )
        return [Reply(text, _ways(turn, broadcast_id))]
    said = [
        say("· {reason}: {n}", reason=review_card.reason_words(turn.speech, reason), n=count)
        for reason, count in offers
    ]
    passing = sum(count for reason, count in offers if reason in retry.TEMPORARY)
    buttons = [
        (
            Button(
                f"{review_card.reason_words(turn.speech, reason)} ({n})",
                f"retry {broadcast_id} {reason} {n}",
            ),
        )
        for reason, n in offers
        if reason and reason not in retry.TEMPORARY
    ]
    if passing:
        label = plain("Temporary failures ({n})", n=passing)
        buttons.insert(0, (Button(label, f"retry {broadcast_id} {FAILED} {passing}"),))
    head = say("Whom shall I try again? People who blocked us or left are not among them.")
    text = review_card.lines(review_card.title(turn.speech, row), head, *said, *waits)
    return [Reply(text, tuple(buttons))]
