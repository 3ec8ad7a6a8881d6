"""What a card says of how it goes out: who first, from where, templates word for word (pure)."""

from __future__ import annotations

from bot.views import way_out
from bot.views.quotes import quoted
from bot.views.reach import account_label, wait_hours
from broadcast.account_key import AccountKey
from broadcast.channel import Envelope, Showing, Template
from broadcast.context import Core
from broadcast.language import Speech, channel_label
from broadcast.message import Entity, EntityKind, RichText, TemplateUse
from broadcast.models import Broadcast
from broadcast.safety import Canary
from broadcast.services import edition
from broadcast.services.compose import Look
from broadcast.services.newcomers import CHOICE, DAYS, OPEN
from broadcast.services.reach import CUT, SPREAD, WAIT
from broadcast.services.safety import canary_of
from broadcast.typed import NAME


def terms(core: Core, speech: Speech, look: Look) -> list[RichText]:
    """One line each; what is as usual, or was said of whom it concerns now, is left out."""
    row = look.broadcast
    return [
        *_canary(core, speech, row),
        *way_out.lines(core, speech, look.message),
        *_choices(speech, look),
        *_accounts(core, speech, look),
        *templates(core, speech, look),
    ]


def templates(core: Core, speech: Speech, look: Look) -> list[RichText]:
    """Who gets a template instead, and its words."""
    return [line for use in look.message.templates for line in _template(core, speech, look, use)]


def _choices(speech: Speech, look: Look) -> list[RichText]:
    """For people of whom there are none yet, and may be when it goes out."""
    made, row, choice = [], look.broadcast, look.broadcast.audience
    if choice.get(CHOICE) == OPEN:
        made.append(speech.say("Who joins within {n} days may ask for it with /last", n=DAYS))
    if not any(one.outside for one in look.reach):
        if choice.get("outside") == WAIT:
            made.append(
                speech.say(
                    "People who have not written for 24 hours get it when they next write, "
                    "within {duration}",
                    duration=speech.duration(wait_hours(row) * 3600),
                )
            )
        elif choice.get("outside"):
            made.append(speech.say("People who have not written for 24 hours do not get it"))
    if any(one.over_budget for one in look.reach):
        return made
    if choice.get("overflow") == CUT:
        made.append(speech.say("People beyond the day's limit do not get it"))
    elif choice.get("overflow") == SPREAD:
        made.append(speech.say("People beyond the day's limit get it on the next days"))
    return made


def _accounts(core: Core, speech: Speech, look: Look) -> list[RichText]:
    """Where not every one of them has its own line with the people it reaches."""
    if len(core.channels) < 2 or len(look.reach) == len(core.channels):
        return []
    names = ", ".join(account_label(name, account) for name, account in sorted(core.channels))
    return [speech.say("From: {accounts}", accounts=names)]


def _canary(core: Core, speech: Speech, row: Broadcast) -> list[RichText]:
    chosen = canary_of(core, row)
    if not chosen.number and not Canary.read(core.policy.canary).number:
        return []
    return [canary_words(speech, chosen, core.policy.canary_wait_seconds)]


def _template(core: Core, speech: Speech, look: Look, use: TemplateUse) -> list[RichText]:
    """Once, where every account of the channel has the same; else by account."""
    known = edition.known_templates(core, use)
    texts = {
        account: _text(core, look, use, account, template)
        for account, template in known
        if template
    }
    if not texts:
        head = _head(speech, use, channel_label(use.channel))
        return [head + ": " + ", ".join(f"{key}={value}" for key, value in use.parameters)]
    same = len({text.text for text in texts.values()}) == 1
    shown = dict(list(texts.items())[:1]) if same else texts
    made = []
    for account, text in shown.items():
        where = channel_label(use.channel) if same else account_label(use.channel, account)
        quote = Entity(kind=EntityKind.QUOTE, offset=0, length=len(text.text))
        made.append(_head(speech, use, where))
        made.append(RichText(text=text.text, entities=(quote, *text.entities)))
        made += _without_a_name(core, speech, look, use, account)
    return made


def _without_a_name(
    core: Core, speech: Speech, look: Look, use: TemplateUse, account: str
) -> list[RichText]:
    """What whoever has no name reads instead, where the author wrote a word for them."""
    channel = core.channels[AccountKey(use.channel, account)]
    wrote = any("{" in value and "|" in value for _, value in use.parameters)
    if not wrote or not isinstance(channel, Showing):
        return []
    texts = []
    for name in (NAME, ""):
        pages = channel.shown(Envelope(0, "", look.message, window_open=False, name=name))
        texts.append(pages[0].message.text.text.split("\n") if pages else [])
    other = [bare for named, bare in zip(*texts, strict=False) if named != bare]
    return [speech.say("Without a name: {words}", words=quoted(" ".join(other)))] if other else []


def _head(speech: Speech, use: TemplateUse, where: str) -> RichText:
    return speech.say(
        "{channel}, outside their 24 hours: the template *{name}* ({language})",
        channel=where, name=use.name, language=use.language,
    )  # fmt: skip


def _text(core: Core, look: Look, use: TemplateUse, account: str, template: Template) -> RichText:
    """As people will read it, the buttons in brackets; `{name}` stands for the person's name."""
    buttons = RichText(text=" ".join(f"[{label}]" for label in template.buttons))
    channel = core.channels[AccountKey(use.channel, account)]
    envelope = Envelope(0, "", look.message, window_open=False, name=NAME)
    pages = channel.shown(envelope) if isinstance(channel, Showing) else ()
    if pages:
        words = pages[0].message.text
    else:
        parts = (template.header, edition.text_of(use, template), template.footer)
        words = RichText(text="\n".join(filter(None, parts)))
    return words + "\n" + buttons if buttons.text else words


def canary_words(speech: Speech, canary: Canary, wait_seconds: float) -> RichText:
    """What is going to happen, as one sentence."""
    if not canary.number:
        return speech.say("It goes to everyone at once.")
    first = f"{canary.number:g}%" if canary.percent else speech.number(int(canary.number))
    wait = speech.duration(wait_seconds)
    if canary.asks:
        return speech.say(
            "First {first}, then a look for {wait}; then I ask you.", first=first, wait=wait
        )
    return speech.say(
        "First {first}, then a look for {wait}; if all is well it goes on by itself.",
        first=first,
        wait=wait,
    )
