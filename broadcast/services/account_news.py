"""News of a sending account: what has to stop, and who is told."""

from __future__ import annotations

import contextlib
import json

from sqlalchemy import func, text
from sqlmodel import col, select

from broadcast.account_key import AccountKey
from broadcast.channel import AccountEvent
from broadcast.context import Core, Event
from broadcast.errors import TooLate
from broadcast.models import Admin, Audit
from broadcast.outcome import Refused
from broadcast.services import compose, control, pending_notices
from broadcast.services.audit import append_audit
from broadcast.states import BroadcastStatus

_PREFIX = "news:"
_ASKED = "template_asked"  # in the audit log
# What still has something to send on this account; planning may add to what it has.
_RUNNING = text("""SELECT b.broadcast_id FROM broadcast b JOIN lane l
ON l.broadcast_id = b.broadcast_id AND l.channel = :channel AND l.account = :account
WHERE b.status IN (:sending, :watching) AND (NOT b.planning_done OR EXISTS (
    SELECT 1 FROM delivery d WHERE d.broadcast_id = b.broadcast_id AND d.lane_id = l.lane_id
    AND d.status < 20 AND d.status IN (0, 1, 10)))""")
_STATES = {
    "sending": BroadcastStatus.SENDING.value,
    "watching": BroadcastStatus.WATCHING.value,
}


async def tell_owners(
    core: Core, sentence: str, values: dict[str, object], also: int | None = None
) -> None:
    """A catalog sentence for every owner, and for the admin `also`; also when we die before it is
    said."""
    await pending_notices.keep(core, sentence, values, also)
    await core.tell(Event("account"))


async def template_asked(core: Core, by: Admin, channel: str, template: tuple[str, str]) -> None:
    """Who asks a platform for a template (its name and language) hears what becomes of it."""
    async with core.store.write() as session:
        append_audit(core, session, _ASKED, by=by, detail=_template(channel, template))


async def _who_asked(core: Core, channel: str, template: tuple[str, str]) -> int | None:
    asked = (
        select(Audit.admin_id)
        .where(Audit.action == _ASKED, Audit.detail == _template(channel, template))
        .order_by(col(Audit.audit_id).desc())
        .limit(1)
    )
    async with core.store.read() as session:
        return await session.scalar(asked)


def _template(channel: str, template: tuple[str, str]) -> str:
    return " ".join((channel, *template))


async def take_account_event(core: Core, channel: str, account: str, event: AccountEvent) -> None:
    """Tell the owners, and whoever asked for the template it is about; where the platform wants
    bulk sending to stop, pause what this account is sending. Of what uses the template the news is
    of, only the part on this account waits."""
    if event.pause or event.only is not None:
        await _stop_what_it_concerns(core, channel, account, event)
    asker = await _who_asked(core, channel, event.only) if event.only else None
    await tell_owners(core, event.template, event.values, asker)


async def _stop_what_it_concerns(
    core: Core, channel: str, account: str, event: AccountEvent
) -> None:
    """Before anybody is told: nothing more may leave meanwhile."""
    async with core.store.read() as session:
        here = {"channel": channel, "account": account}
        running = list((await session.execute(_RUNNING, here | _STATES)).scalars())
    for broadcast_id in running:
        if event.only is None:
            with contextlib.suppress(TooLate):  # an admin was faster
                await control.pause(core, None, broadcast_id, as_pause_reason(event))
        elif await _uses(core, broadcast_id, channel, event.only):
            core.note_account_event(broadcast_id, AccountKey(channel, account), event)


async def _uses(core: Core, broadcast_id: int, channel: str, only: tuple[str, str]) -> bool:
    use = compose.message_of(await compose.get(core, broadcast_id)).template(channel)
    name, language = only
    return use is not None and use.name == name and language in {"", use.language}


async def pause_refused(core: Core, broadcast_id: int, refused: Refused, at: float) -> None:
    """Pause what the platform refuses to all, as it told us at `at` (Unix seconds); an admin who has
    resumed since knows of it."""
    async with core.store.read() as session:
        resumed = await session.scalar(
            select(func.max(Audit.at)).where(
                Audit.broadcast_id == broadcast_id, Audit.action == "resumed"
            )
        )
    if resumed is not None and at <= resumed.timestamp():
        return
    with contextlib.suppress(TooLate):  # paused already, or at its end
        await control.pause(core, None, broadcast_id, trouble_words(refused))


def trouble_words(trouble: Refused) -> str:
    """A pause reason: why, the platform's own words, and on a second line how to mend it."""
    said = f"{trouble.reason.value}: {' '.join(trouble.detail.split())}"
    return f"{said}\n{trouble.mend}" if trouble.mend else said


def as_pause_reason(event: AccountEvent) -> str:
    """As it is kept in `Broadcast.pause_reason`."""
    return _PREFIX + json.dumps([event.template, event.values])


def read_pause_reason(why: str) -> tuple[str, dict[str, object]] | None:
    """A catalog sentence and its values; None for any other reason of a pause."""
    if not why.startswith(_PREFIX):
        return None
    template, values = json.loads(why.removeprefix(_PREFIX))
    return str(template), dict(values)
