"""Templates the platforms approve: listed with their state, asked for, followed."""

from __future__ import annotations

from bot.chat import Button, Reply
from bot.handlers.turn import Turn
from bot.views.review_card import lines
from broadcast.channel import Template, Templated
from broadcast.errors import Invalid
from broadcast.language import N_, channel_label
from broadcast.message import RichText
from broadcast.services import account_news

_CATEGORIES = frozenset({"marketing", "utility", "authentication"})
_SHOWN = 20
STATUS_WORDS = {
    "approved": N_("approved"),
    "pending": N_("being looked at"),
    "rejected": N_("rejected"),
    "paused": N_("paused"),
    "disabled": N_("disabled"),
}


async def templates(turn: Turn) -> list[Reply]:
    """`templates`: all of them. `templates new CHANNEL`: how to ask for one."""
    words = turn.words
    able = {c.name: c for c in turn.core.channels.values() if isinstance(c, Templated)}
    if not able:
        return [Reply(turn.speech.say("None of our platforms needs templates."))]
    if words[:1] == ["new"]:
        channel = words[1] if words[1:] else next(iter(able))
        if channel not in able:
            raise Invalid(N_("There are templates on: {channels}."), channels=", ".join(able))
        return await _ask(turn, channel)
    shown = []
    for name, channel_ in able.items():
        shown += [_line(turn, name, t) for t in await channel_.list_templates()]
    new = tuple(
        (
            Button(
                turn.speech.plain("New for {channel}", channel=channel_label(n)),
                f"templates new {n}",
            ),
        )
        for n in able
    )
    head = turn.speech.say("*Templates*") if shown else turn.speech.say("There are no templates.")
    return [Reply(lines(head, *shown[:_SHOWN]), new)]


def _line(turn: Turn, channel: str, template: Template) -> RichText:
    say = turn.speech.say
    status = STATUS_WORDS.get(template.status, "")
    line = say(
        "· {channel}: *{name}* ({language}, {category}): {status}",
        channel=channel_label(channel), name=template.name, language=template.language,
        category=template.category, status=turn.speech.plain(status) if status else template.status,
    )  # fmt: skip
    if template.quality and template.quality != "unknown":
        line += say(", quality {quality}", quality=template.quality)
    if template.reason:
        line += say(", reason: {reason}", reason=template.reason)
    return line


async def _ask(turn: Turn, channel: str) -> list[Reply]:
    await turn.focus(turn.identity.draft_id, f"template:{channel}")
    text = turn.speech.say(
        "Send me the template for {channel}. First line: name, language, category. Then its text:",
        channel=channel_label(channel),
    )
    example = "water_off tr utility\nSayın {{name}}, su {{day}} günü kesilecektir."
    return [Reply(text + "\n\n" + RichText(text=example))]


async def take(turn: Turn, channel: str, text: str) -> list[Reply]:
    """The template an admin wrote; the platform reviews it and the verdict comes by itself."""
    head, _, body = text.strip().partition("\n")
    words = head.split()
    if len(words) != 3 or words[2].lower() not in _CATEGORIES or not body.strip():
        raise Invalid(
            N_("First line: name, language and `marketing` or `utility`. Then the text below it.")
        )
    target = next(
        (c for c in turn.core.channels.values() if c.name == channel and isinstance(c, Templated)),
        None,
    )
    if target is None:
        raise Invalid(N_("That platform is not set up here."))
    name, language, category = words
    asked = Template(name.lower(), language, category.lower(), body.strip())
    made = await target.create_template(asked, {})  # before any write: others would wait for it
    await account_news.template_asked(turn.core, turn.admin, channel, (asked.name, asked.language))
    await turn.focus(turn.identity.draft_id)
    say = turn.speech.say
    if made.category != asked.category:
        moved = say("The platform put it into the category {category}.", category=made.category)
    else:
        moved = RichText()
    if made.status == "approved":
        done = say("The template “{name}” is approved.", name=made.name)
    else:
        done = say("“{name}” is being looked at. I will tell you what they say.", name=made.name)
    return [Reply(lines(done, moved))]
