"""Named ways in: a deep link for each channel, and how many came by it."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass

from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession
from sqlmodel import col, select

from broadcast.account_key import AccountKey
from broadcast.channel import Inviting
from broadcast.context import Core, Event
from broadcast.errors import Invalid, NotFound
from broadcast.language import N_, channel_label
from broadcast.message import is_visible
from broadcast.models import Admin, Poster
from broadcast.services.audit import append_audit, read_actor
from broadcast.store import subscribers
from broadcast.store.subscribers import Came

CODE_LONGEST = 32  # Telegram takes 64; a button has to carry it as well
NAME_LONGEST = 60
MOST = 500
JOIN_WORDS = {"tr": "KATIL"}
JOIN = "JOIN"
_OTHERS = ("claim-", "invite-", "link-")  # codes that are no subscriber's
_OWN = "new"  # `/share new` asks for a name
_LATIN = str.maketrans(
    dict(zip("ıİşŞğĞçÇöÖüÜøØłŁđĐ", "iisSgGcCoOuUoOlLdD", strict=True))
    | {"ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE"}
)
_TOLD_APART = 5  # signs that tell two names apart whose letters a link cannot carry


@dataclass(frozen=True, slots=True)
class Way:
    """A link to one account. `key` names it: the channel, with the account where there are several."""

    key: str
    label: str
    url: str


def code_of(name: str) -> str:
    """`Kapı afişi` as links carry it: `kapi-afisi`. Two names are two codes also where their letters
    do not fit into a link, or not all of them. Raises Invalid."""
    if len(name) > NAME_LONGEST:
        raise Invalid(
            N_("A name may have {limit} characters; yours has {length}. Please shorten it."),
            limit=NAME_LONGEST, length=len(name),
        )  # fmt: skip
    plain = unicodedata.normalize("NFKD", name.translate(_LATIN))
    whole = re.sub(r"[^a-z0-9]+", "-", plain.encode("ascii", "ignore").decode().lower()).strip("-")
    others = any(sign.isalnum() and not sign.isascii() for sign in plain)
    if not whole and not others:
        raise Invalid(
            N_(
                "Please name it with letters or numbers, such as `/share door`: they go into the link."
            )
        )
    if not others and len(whole) <= CODE_LONGEST:
        taken = whole == _OWN or f"{whole}-".startswith(_OTHERS)
        return f"at-{whole}"[:CODE_LONGEST].strip("-") if taken else whole
    sign = hashlib.sha256(plain.casefold().encode()).hexdigest()[:_TOLD_APART]
    begins = whole[: CODE_LONGEST - _TOLD_APART - 4].strip("-")
    return "-".join(filter(None, ("at", begins, sign)))


async def make(core: Core, by: Admin, name: str) -> Poster:
    """The way in of that name, made when there is none. Raises Invalid."""
    name = " ".join(name.split())
    if not is_visible(name):
        raise Invalid(N_("Please write the name as text."))
    code = code_of(name)
    async with core.store.write() as session:
        by = await read_actor(session, by)
        alike = select(Poster).where((col(Poster.code) == code) | (col(Poster.name) == name))
        rows = list(await session.scalars(alike))
        if rows:
            return next((row for row in rows if row.name == name), rows[0])
        if int(await session.scalar(select(func.count()).select_from(Poster)) or 0) >= MOST:
            raise Invalid(N_("There are {n} links already. Please use one of them."), n=MOST)
        made = Poster(code=code, name=name, created_by=by.admin_id, created_at=core.clock())
        session.add(made)
        append_audit(core, session, "poster", by=by, detail=code)
    await core.tell(Event("checklist"))
    return made


async def get(core: Core, code: str) -> Poster:
    """Raises NotFound."""
    async with core.store.read() as session:
        found: Poster | None = await session.scalar(select(Poster).where(Poster.code == code))
    if found is None:
        raise NotFound(N_("There is no link of that name. /share shows those there are."))
    return found


async def known(session: AsyncSession, word: str) -> str:
    """The code that somebody's word names, or an empty string."""
    code = word.strip().lower()
    if len(code) > CODE_LONGEST or not re.fullmatch(r"[a-z0-9-]+", code):
        return ""
    return await session.scalar(select(Poster.code).where(Poster.code == code)) or ""


async def count_joined(core: Core) -> list[tuple[Poster, Came]]:
    """Every named link with what came of it, the newest first."""
    async with core.store.read() as session:
        rows = list(
            await session.scalars(select(Poster).order_by(col(Poster.poster_id).desc()))
        )  # fmt: skip
        counts = await subscribers.by_poster(session, [row.code for row in rows])
    return [(row, counts.get(row.code, Came())) for row in rows]


def ways_in(core: Core, code: str = "") -> list[Way]:
    """A link for each account people can come to, in the order of the settings."""
    open_ = [(key, one) for key, one in core.channels.items() if isinstance(one, Inviting)]
    channels = [name for (name, _), _ in open_]
    found = []
    for (name, account), one in open_:
        url = one.invitation(code, JOIN_WORDS.get(core.policy.language, JOIN))
        several = channels.count(name) > 1
        label = channel_label(name) + (f" ({account})" if several else "")
        if url:
            found.append(Way(str(AccountKey(name, account)) if several else name, label, url))
    return found
