"""An author's choices about people outside a window, and beyond a daily limit."""

from __future__ import annotations

from collections.abc import Iterable

from bot.chat import Button, Reply
from bot.handlers.preview import show
from bot.handlers.turn import Turn
from broadcast.channel import Channel, Template, Templated
from broadcast.errors import Invalid
from broadcast.language import N_, channel_label
from broadcast.message import Message, RichText, TemplateUse
from broadcast.name_blanks import SAMPLE
from broadcast.services import compose
from broadcast.services.reach import CUT, SKIP, SPREAD, WAIT

APPROVED = "approved"
_TEMPLATES_SHOWN = 8


async def outside(turn: Turn) -> list[Reply]:
    """`outside 42 skip|wait`, `outside 42 CHANNEL NAME LANGUAGE`; without a choice: the buttons."""
    broadcast_id = turn.broadcast_id()
    words = turn.rest().split()
    if not words:
        return await _offer(turn, broadcast_id)
    if words[0] in {SKIP, WAIT}:
        await _choose(turn, broadcast_id, outside=words[0])
        await _use(turn, broadcast_id, None)
        return await show(turn, broadcast_id, replaces=True)
    if len(words) != 3:
        raise Invalid(N_("Please choose with the buttons of /outside."))
    channel, name, language = words
    found = [
        t
        for t in await _templates(turn.core.channels.values(), channel)
        if (t.name, t.language) == (name, language) and t.status == APPROVED
    ]
    if not found:
        raise Invalid(N_("There is no approved template of that name."))
    if found[0].parameters:
        await turn.focus(broadcast_id, f"values:{broadcast_id}:{channel}:{name}:{language}")
        names = ", ".join(f"{{{{{p}}}}}" for p in found[0].parameters)
        text = turn.speech.say(
            "The template has blanks: {names}. Write what goes into each, one on each line. `{name}` becomes the person's name; write `{sample}`, with a word in place of the dots for who has none.",
            names=names,
            sample=SAMPLE,
        )
        return [Reply(RichText(text=found[0].body)), Reply(text)]
    await _use(turn, broadcast_id, TemplateUse(channel=channel, name=name, language=language))
    return await show(turn, broadcast_id, replaces=True)


async def take_values(turn: Turn, where: str, text: str) -> list[Reply]:
    """The values of a template's parameters, asked for by `outside`."""
    number, channel, name, language = where.split(":")
    listed = await _templates(turn.core.channels.values(), channel)
    template = next((t for t in listed if (t.name, t.language) == (name, language)), None)
    if template is None:  # deleted on the platform since it was chosen
        raise Invalid(N_("There is no approved template of that name."))
    values = [line.strip() for line in text.splitlines() if line.strip()]
    wanted = template.parameters
    if len(values) != len(wanted):
        raise Invalid(
            N_("The template needs {wanted} lines, one for each value; there are {given}."),
            wanted=len(wanted),
            given=len(values),
        )
    use = TemplateUse(
        channel=channel, name=name, language=language,
        parameters=tuple(zip(wanted, values, strict=True)),
    )  # fmt: skip
    await turn.focus(int(number))
    await _use(turn, int(number), use)
    return await show(turn, int(number))


async def overflow(turn: Turn) -> list[Reply]:
    """What happens to people beyond the platform's daily limit."""
    broadcast_id = turn.broadcast_id()
    choice = turn.rest()
    if choice in {SPREAD, CUT}:
        await _choose(turn, broadcast_id, overflow=choice)
        return await show(turn, broadcast_id, replaces=True)
    words = turn.speech
    buttons = (
        (Button(words.plain("Spread over days"), f"overflow {broadcast_id} {SPREAD}"),),
        (Button(words.plain("Leave the rest out"), f"overflow {broadcast_id} {CUT}"),),
    )
    return [
        Reply(
            words.say("The platform allows only so many people a day. What about the rest?"),
            buttons,
        )
    ]


async def _offer(turn: Turn, broadcast_id: int) -> list[Reply]:
    await compose.get(turn.core, broadcast_id)
    words = turn.speech
    rows = [
        (Button(words.plain("Leave them out"), f"outside {broadcast_id} {SKIP}"),),
        (Button(words.plain("Wait until they write"), f"outside {broadcast_id} {WAIT}"),),
    ]
    for channel in turn.core.channels.values():
        for t in await _templates([channel], channel.name):
            line = f"outside {broadcast_id} {channel.name} {t.name} {t.language}"
            shown = f"{channel_label(channel.name)}: {t.name} ({t.language})"
            if t.status == APPROVED and len(rows) < _TEMPLATES_SHOWN:
                rows.append((Button(shown, line),))
    text = words.say(
        "Some platforms take free text only within 24 hours of a person's last message. "
        "What about the others?"
    )
    return [Reply(text, tuple(rows))]


async def _templates(channels: Iterable[Channel], name: str) -> list[Template]:
    found: list[Template] = []
    for channel in channels:
        if channel.name == name and isinstance(channel, Templated):
            found += await channel.list_templates()
    return found


async def _choose(turn: Turn, broadcast_id: int, **choice: str) -> None:
    await compose.set_reach(turn.core, turn.admin, broadcast_id, **choice)


async def _use(turn: Turn, broadcast_id: int, use: TemplateUse | None) -> None:
    """Put a template into the draft, or take all of them out."""

    def put(now: Message) -> Message:
        kept = tuple(t for t in now.templates if use is not None and t.channel != use.channel)
        return now.model_copy(update={"templates": (*kept, use) if use is not None else ()})

    await compose.change_message(turn.core, turn.admin, broadcast_id, put)
