"""The rules of the house that an owner may choose in chat; what the operator has set goes before.

They are kept in the database and read into `core.policy`, which everything else looks at.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import select

from broadcast.context import Core, Event, Policy
from broadcast.errors import Invalid, NotAllowed
from broadcast.language import N_
from broadcast.message import is_visible
from broadcast.models import Admin, HouseChoice, Role
from broadcast.services import pending_notices
from broadcast.services.audit import append_audit, read_actor

SENDER, PRIVACY, ALONE = "sender_name", "privacy_url", "allow_self_approval"
SETTINGS = {SENDER: "TELLAL_SENDER_NAME", PRIVACY: "TELLAL_PRIVACY_URL",
            ALONE: "TELLAL_ALLOW_SELF_APPROVAL"}  # fmt: skip
NAME_LONGEST, ADDRESS_LONGEST = 64, 500
YES = "yes"
_AS_BEFORE = Policy()


async def recall(core: Core) -> None:
    """Make `core.policy` what was chosen, as it stands in the database now."""
    async with core.store.read() as session:
        rows = await session.scalars(select(HouseChoice))
        chosen = {row.name: row.value for row in rows if row.name not in core.given}
    differs: dict[str, Any] = {
        name: _value(name, chosen) for name in SETTINGS if chosen.get(name) != core.chosen.get(name)
    }
    core.chosen = chosen
    if differs:
        core.policy = replace(core.policy, **differs)


async def changed(core: Core) -> None:
    """Something was, or may have been, chosen: for whoever did it now, for everybody once it is
    committed (the process recalls it when it is told)."""
    await recall(core)
    await core.tell(Event("house"))


def _value(name: str, chosen: dict[str, str]) -> str | bool:
    if name not in chosen:
        before: str | bool = getattr(_AS_BEFORE, name)
        return before
    return chosen[name] == YES if name == ALONE else chosen[name]


def check_free(core: Core, name: str) -> None:
    """Raises NotAllowed for what the operator has set."""
    if name in core.given:
        raise NotAllowed(
            N_("That is set by `{setting}` where Tellal runs, which goes before what is chosen here."),
            setting=SETTINGS[name],
        )  # fmt: skip


async def keep(core: Core, session: AsyncSession, by: Admin, name: str, value: str) -> bool:
    """Inside the transaction of whoever chooses; False when it was so already."""
    row = await session.get(HouseChoice, name)
    if row is not None and row.value == value:
        return False
    if row is None:
        row = HouseChoice(name=name, admin_id=by.admin_id or 0, at=core.clock())
        session.add(row)
    row.value, row.admin_id, row.at = value, by.admin_id or 0, core.clock()
    return True


def name_of(text: str) -> str:
    """A name as subscribers will see it. Raises Invalid."""
    name = " ".join(text.split())
    if not is_visible(name):
        raise Invalid(N_("Please write the name as text."))
    if len(name) > NAME_LONGEST:
        raise Invalid(
            N_("A name may have {limit} characters; yours has {length}. Please shorten it."),
            limit=NAME_LONGEST, length=len(name),
        )  # fmt: skip
    return name


def address_of(text: str) -> str:
    """The address of a page, as people can open it. Raises Invalid."""
    given = text.strip()
    if given and "://" not in given:
        given = f"https://{given}"
    try:
        parts = urlsplit(given)
        host = parts.hostname or ""
    except ValueError:
        host, parts = "", urlsplit("")
    fits = len(given) <= ADDRESS_LONGEST and not any(ch.isspace() or ch < " " for ch in given)
    if parts.scheme not in {"http", "https"} or "." not in host.strip(".") or not fits:
        raise Invalid(
            N_("That is no address of a page. It looks like `https://example.org/privacy`.")
        )
    if parts.username or parts.password:
        raise Invalid(N_("Please leave the password out of the address: everybody would see it."))
    return given


async def rename(core: Core, by: Admin, text: str) -> str:
    """Change who subscribers see as the sender. Raises Invalid, NotAllowed."""
    name = name_of(text)
    sentence = N_("{by} changed the name subscribers see to *{value}*.")
    await _choose(core, by, SENDER, name, "house_named", sentence)
    return name


async def set_privacy(core: Core, by: Admin, text: str) -> str:
    """Change the privacy page subscribers are shown; without text there is none. Raises Invalid,
    NotAllowed."""
    address = address_of(text) if text.strip() else ""
    sentence = N_("{by} changed the privacy page to {value}.")
    await _choose(core, by, PRIVACY, address, "house_privacy", sentence)
    return address


async def _choose(core: Core, by: Admin, name: str, value: str, action: str, sentence: str) -> None:
    check_free(core, name)
    async with core.store.write() as session:
        by = await read_actor(session, by, Role.OWNER)
        if await keep(core, session, by, name, value):
            append_audit(core, session, action, by=by, detail=value or "-")
            pending_notices.team_news(session, sentence, {"by": by.name, "value": value or "-"}, by)
    await changed(core)
    await core.tell(Event("account"))
