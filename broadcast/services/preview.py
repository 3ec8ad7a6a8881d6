"""A broadcast through one person's eyes, on one channel: what arrives there, and whether it does."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlalchemy import func, or_
from sqlmodel import col, select

from broadcast import typed
from broadcast.account_key import AccountKey
from broadcast.channel import Channel, Degrading, Envelope, Problem, Showing, Shown
from broadcast.context import Core
from broadcast.errors import NotFound
from broadcast.language import N_, channel_label
from broadcast.message import Message
from broadcast.models import Address, Broadcast, Subscriber
from broadcast.services.reach import WAIT
from broadcast.store.one_address import where_planned

Account = AccountKey
_OTHER_LANGUAGE = N_("{name} would not get it: it goes to people who read another language.")
FEWEST = 2  # letters: one would list half the people


@dataclass(frozen=True, slots=True)
class Eyes:
    """Whose: a subscriber, or somebody made up (`subscriber_id` 0). `silent`: they have not written
    within the channel's window, where it has one."""

    account: Account
    name: str
    language: str
    subscriber_id: int = 0
    silent: bool = False


@dataclass(frozen=True, slots=True)
class Sight:
    """`shown`: the messages that arrive, none where nothing does; `notes`: why it is so, and what
    comes otherwise than it was written; `problems`: why the channel would refuse it."""

    eyes: Eyes
    shown: tuple[Shown, ...]
    notes: tuple[Problem, ...]
    problems: tuple[Problem, ...]


async def named(core: Core, name: str, most: int = 6) -> list[Subscriber]:
    """Subscribers whose name holds these letters, at least two, the shortest first: whole names
    before longer ones."""
    if len(name.strip()) < FEWEST:
        return []
    like = col(Subscriber.name).icontains
    async with core.store.read() as session:
        rows = await session.scalars(
            select(Subscriber)
            .where(or_(*(like(one, autoescape=True) for one in _spellings(name.strip()))))
            .order_by(
                func.length(Subscriber.name), col(Subscriber.name), col(Subscriber.subscriber_id)
            )
            .limit(most)
        )
        return list(rows)


def _spellings(name: str) -> set[str]:
    """In large and small letters, Turkish ones too: SQLite folds those of English alone."""
    small = {name.lower(), name.replace("İ", "i").replace("I", "ı").lower()}
    large = {name.upper(), name.replace("i", "İ").replace("ı", "I").upper()}
    begun = {"".join((big[:1], one[1:])) for big in large for one in small}
    return {name, *small, *large, *begun}


async def person(core: Core, subscriber_id: int) -> Subscriber:
    """Raises NotFound."""
    async with core.store.read() as session:
        found = await session.get(Subscriber, subscriber_id)
    if found is None:
        raise NotFound(N_("That subscriber is not here any more."))
    return found


async def see(core: Core, row: Broadcast, message: Message, eyes: Eyes) -> Sight:
    """What they would get if it went out now."""
    channel = core.channels[eyes.account]
    notes: list[Problem] = []
    if eyes.subscriber_id:
        eyes, notes = await _theirs(core, row, channel, eyes)
    elif _others_language(row, eyes):
        notes.append(Problem(_OTHER_LANGUAGE, {"name": eyes.name}))
    problems = tuple(channel.check(message))
    silent = eyes.silent and channel.capabilities.window_seconds > 0
    shown = () if problems else _shown(channel, message, eyes, silent=silent)
    if silent:
        notes += _instead(row, message, channel)
    else:
        notes += [Problem(sentence) for sentence in message.left_out]
        notes += typed.signs(message)
        notes += channel.changes(message) if isinstance(channel, Degrading) else []
    return Sight(eyes, shown, tuple(notes), problems)


def _shown(channel: Channel, message: Message, eyes: Eyes, *, silent: bool) -> tuple[Shown, ...]:
    envelope = Envelope(0, "", message, window_open=not silent, name=eyes.name)
    if isinstance(channel, Showing):
        return channel.shown(envelope)
    return () if silent else (Shown(message),)


async def _theirs(
    core: Core, row: Broadcast, channel: Channel, eyes: Eyes
) -> tuple[Eyes, list[Problem]]:
    """With their own window, and whether it comes to them here at all."""
    accounts = [str(key) for key in core.channels]
    async with core.store.read() as session:
        address = await session.scalar(
            select(Address).where(
                Address.subscriber_id == eyes.subscriber_id,
                Address.channel == channel.name, Address.account == channel.account,
            )
        )  # fmt: skip
        connection = await session.connection()
        planned = await connection.run_sync(
            where_planned, row.audience, accounts, eyes.subscriber_id
        )
    since = core.clock().timestamp() - channel.capabilities.window_seconds
    if address is not None and channel.capabilities.window_seconds:
        eyes = replace(eyes, silent=(address.wrote_at or 0.0) <= since)
    return eyes, _elsewhere(row, eyes, planned)


def _others_language(row: Broadcast, eyes: Eyes) -> bool:
    language = str(row.audience.get("language") or "")
    return bool(language) and language != eyes.language


def _elsewhere(row: Broadcast, eyes: Eyes, planned: str) -> list[Problem]:
    if planned == str(AccountKey(*eyes.account)):
        return []
    if planned:
        name, account = AccountKey.read(planned)
        where = (
            channel_label(name) if name != eyes.account[0] else f"{channel_label(name)} ({account})"
        )
        return [
            Problem(N_("{name} would get it on {channel}."), {"name": eyes.name, "channel": where})
        ]
    if _others_language(row, eyes):
        return [Problem(_OTHER_LANGUAGE, {"name": eyes.name})]
    return [Problem(N_("{name} would not get it: they are not subscribed."), {"name": eyes.name})]


def _instead(row: Broadcast, message: Message, channel: Channel) -> list[Problem]:
    """What becomes of somebody outside the window."""
    values: dict[str, object] = {"channel": channel_label(channel.name)}
    if message.template(channel.name) is not None:
        sentence = N_(
            "They have not written for 24 hours, so {channel} delivers only the template."
        )
    elif row.audience.get("outside") == WAIT:
        sentence = N_(
            "They have not written for 24 hours: {channel} delivers it when they next write."
        )
    else:
        sentence = N_("They have not written for 24 hours: {channel} delivers nothing to them.")
    return [Problem(sentence, values)]
