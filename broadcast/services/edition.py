"""What somebody says yes to: all that anybody could get, as one document with one digest."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection
from datetime import UTC
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from broadcast.account_key import AccountKey
from broadcast.channel import Problem, Template, Templated
from broadcast.context import Core
from broadcast.errors import Invalid
from broadcast.language import N_
from broadcast.message import Message, TemplateUse
from broadcast.models import Broadcast, StoredFile
from broadcast.safety import Canary

Document = dict[str, Any]
CHOICES = ("outside", "overflow", "hours")  # of the audience: how it is delivered, not to whom
CONTENT = ("message", "files", "templates", "audience", "choices")
TEMPLATE_CHARACTERS = 1024  # of a body, on both of Meta's channels; a card shows all of it
_BLANK = re.compile(r"\{\{\s*(\w+)\s*\}\}")
# By part of a document, what people call it. What is not named here is "what would be sent".
PART_WORDS = {
    "message": N_("the message"),
    "files": N_("a file"),
    "templates": N_("the text of a template"),
    "audience": N_("the audience"),
    "choices": N_("how it is delivered"),
    "accounts": N_("the accounts it goes out from"),
    "senders": N_("who it comes from"),
    "at": N_("the time"),
    "canary": N_("who goes first"),
}
OTHER_PART = N_("what would be sent")


async def document(core: Core, session: AsyncSession, row: Broadcast) -> Document:
    """Everything that decides what anybody gets, from where, when and in which order; files by the
    hash of their content, templates as the platform last listed them."""
    message = Message.model_validate(row.content)
    return {
        **_own(core, row, message),
        "files": await _files(session, message),
        "templates": [one for one, _, _ in templates(core, message)],
        "accounts": sorted(str(key) for key in core.channels),
        "senders": _senders(core),
        "uncertain": row.uncertain_policy,
        "house": core.policy.language,  # of what a channel adds by itself, such as how to leave
    }


def digest(made: Document) -> str:
    """SHA-256 of the document in one canonical spelling, as 64 hex characters."""
    text = json.dumps(made, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def mark_of(core: Core, row: Broadcast) -> str:
    """The digest of what admins themselves set: whether two looks at a draft saw the same."""
    return digest(_own(core, row, Message.model_validate(row.content)))


def differing_parts(earlier: Document, now: Document) -> list[str]:
    """The parts in which two documents differ, in the order people should hear of them."""
    parts = [*PART_WORDS, *sorted((earlier.keys() | now.keys()) - PART_WORDS.keys())]
    return [part for part in parts if earlier.get(part) != now.get(part)]


def swapped(earlier: Document, now: Document) -> bool:
    """Whether somebody else sends on an account now: another bot, number or page."""
    before, after = earlier.get("senders", {}), now["senders"]
    return any(after.get(account, sender) != sender for account, sender in before.items())


def _senders(core: Core) -> dict[str, str]:
    """By account; the account's name is ours, and another bot may have been put behind it."""
    found = {str(key): core.senders.get(key, "") for key in core.channels}
    return {account: sender for account, sender in found.items() if sender}


def _own(core: Core, row: Broadcast, message: Message) -> Document:
    rule = dict(row.audience)
    choices = {name: rule.pop(name) for name in CHOICES if name in rule}
    canary = Canary.read(row.canary or core.policy.canary)
    wait = row.canary_wait_seconds
    wait = core.policy.canary_wait_seconds if wait is None else wait
    return {
        "message": message.model_dump(mode="json", exclude_defaults=True),
        "audience": rule,
        "choices": choices,
        "at": row.scheduled_at.astimezone(UTC).isoformat() if row.scheduled_at else "now",
        "canary": [str(canary), wait if canary.number else 0.0],
    }


async def _files(session: AsyncSession, message: Message) -> list[list[Any]]:
    """Each file's id, and its hash; of one that only a platform has, its id there is its name."""
    wanted = [item.media_id for item in message.media]
    wanted += [item.thumbnail for item in message.media if item.thumbnail]
    if not wanted:
        return []
    found = await session.execute(
        select(StoredFile.media_id, StoredFile.sha256).where(col(StoredFile.media_id).in_(wanted))
    )
    hashes: dict[int | None, str] = dict(found.tuples().all())
    return [[media_id, hashes.get(media_id, "")] for media_id in wanted]


def templates(core: Core, message: Message) -> list[tuple[Document, TemplateUse, Template | None]]:
    """Each template on each account of its channel as a document names it, its use, and what is
    known of it now."""
    return [
        (
            {
                "account": str(AccountKey(use.channel, account)), "name": use.name, "language": use.language,
                "id": known.template_id if known else "", "text": _whole(known),
            },
            use, known,
        )
        for use in message.templates
        for account, known in known_templates(core, use)
    ]  # fmt: skip


def with_unseen_templates(
    asked: Document, now: Document, unseen: Collection[tuple[str, str]]
) -> Document:
    """`now`, with the templates of the `unseen` accounts as they were when it was asked about."""
    names = {":".join(key) for key in unseen}
    before = {
        (one["account"], one["name"], one["language"]): one
        for one in asked.get("templates", ())
        if one["account"] in names
    }
    listed = [
        before.get((one["account"], one["name"], one["language"]), one) for one in now["templates"]
    ]
    return now | {"templates": listed}


def _whole(known: Template | None) -> str:
    return (known.components or known.body) if known else ""


def known_templates(core: Core, use: TemplateUse) -> list[tuple[str, Template | None]]:
    """By account of the channel, the template as its platform last listed it."""
    return [
        (account, channel.known_template(use.name, use.language))
        for (name, account), channel in core.channels.items()
        if name == use.channel and isinstance(channel, Templated)
    ]


def text_of(use: TemplateUse, template: Template) -> str:
    """A template's body with the chosen values in its blanks, as people will read it."""
    given = dict(use.parameters)
    return _BLANK.sub(lambda blank: given.get(blank[1]) or blank[0], template.body)


def check_known(core: Core, message: Message) -> None:
    """Raises Invalid where a template cannot be read now: nobody can say yes to it, and whether it
    has changed shows when its platform lists it again."""
    for problem in problems(core, message):
        raise Invalid(problem.template, **problem.values)


def problems(core: Core, message: Message) -> list[Problem]:
    """Templates nobody could read before saying yes: unknown ones, and too long ones."""
    found = []
    for use in message.templates:
        for _, known in known_templates(core, use):
            if known is None:
                sentence = N_(
                    "I do not know the text of the template “{name}”. Look at /templates."
                )
                found.append(Problem(sentence, {"name": use.name}))
            elif len(text_of(use, known)) > TEMPLATE_CHARACTERS:
                sentence = N_(
                    "The template “{name}” with its values is longer than {limit} characters. "
                    "Choose it again with shorter ones: /outside."
                )
                values = {"name": use.name, "limit": TEMPLATE_CHARACTERS}
                found.append(Problem(sentence, values))
    return found
