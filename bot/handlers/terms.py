"""What a card says of how it goes out: who first, from where, templates word for word (pure)."""

from __future__ import annotations

from bot.handlers import way_out
from broadcast.core import Core
from broadcast.language import Speech, channel_label
from broadcast.message import Entity, EntityKind, RichText, TemplateUse
from broadcast.models import Broadcast
from broadcast.ports import Template
from broadcast.safety import Canary
from broadcast.services import edition
from broadcast.services.compose import Look
from broadcast.services.newcomers import CHOICE, DAYS, OPEN
from broadcast.services.reach import CUT, SPREAD, WAIT
from broadcast.services.safety import canary_of
from broadcast.services.window import WAIT_HOURS


def terms(core: Core, speech: Speech, look: Look) -> list[RichText]:
    """One line each; what is as usual is left out."""
    row = look.broadcast
    return [
        *_choices(speech, row),
        *_accounts(core, speech),
        *_canary(core, speech, row),
        *way_out.lines(core, speech, look.message),
        *(line for use in look.message.templates for line in _template(core, speech, use)),
    ]


def _choices(speech: Speech, row: Broadcast) -> list[RichText]:
    made, choice = [], row.audience
    if choice.get("outside") == WAIT:
        hours = float(str(choice.get("hours") or WAIT_HOURS))
        made.append(
            speech.say(
                "Whoever has been silent for 24 hours gets it when they next write, for {duration}",
                duration=speech.duration(hours * 3600),
            )
        )
    elif choice.get("outside"):
        made.append(speech.say("Whoever has been silent for 24 hours is left out"))
    if choice.get("overflow") == CUT:
        made.append(speech.say("Whoever is over a day's limit is left out"))
    elif choice.get("overflow") == SPREAD:
        made.append(speech.say("Whoever is over a day's limit follows on the next days"))
    if choice.get(CHOICE) == OPEN:
        made.append(speech.say("Who joins within {n} days may ask for it with /last", n=DAYS))
    return made


def _accounts(core: Core, speech: Speech) -> list[RichText]:
    if len(core.channels) < 2:
        return []
    names = ", ".join(account_label(name, account) for name, account in sorted(core.channels))
    return [speech.say("From: {accounts}", accounts=names)]


def account_label(channel: str, account: str) -> str:
    label = channel_label(channel)
    return label if account == "default" else f"{label} ({account})"


def _canary(core: Core, speech: Speech, row: Broadcast) -> list[RichText]:
    chosen = canary_of(core, row)
    if not chosen.number and not Canary.read(core.policy.canary).number:
        return []
    return [canary_words(speech, chosen, core.policy.canary_wait_seconds)]


def _template(core: Core, speech: Speech, use: TemplateUse) -> list[RichText]:
    """Once, where every account of the channel has the same; else by account."""
    known = edition.known_templates(core, use)
    texts = {account: _text(use, template) for account, template in known if template}
    if not texts:
        head = _head(speech, use, channel_label(use.channel))
        return [head + ": " + ", ".join(f"{key}={value}" for key, value in use.parameters)]
    same = len(set(texts.values())) == 1
    shown = dict(list(texts.items())[:1]) if same else texts
    made = []
    for account, text in shown.items():
        where = channel_label(use.channel) if same else account_label(use.channel, account)
        quote = Entity(kind=EntityKind.QUOTE, offset=0, length=len(text))
        made += [_head(speech, use, where), RichText(text=text, entities=(quote,))]
    return made


def _head(speech: Speech, use: TemplateUse, where: str) -> RichText:
    return speech.say(
        "{channel}, outside their 24 hours: the template *{name}* ({language})",
        channel=where, name=use.name, language=use.language,
    )  # fmt: skip


def _text(use: TemplateUse, template: Template) -> str:
    """As people will read it, the buttons in brackets; `{name}` stands for the person's name."""
    buttons = " ".join(f"[{label}]" for label in template.buttons)
    parts = (template.header, edition.text_of(use, template), template.footer, buttons)
    return "\n".join(filter(None, parts))


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
