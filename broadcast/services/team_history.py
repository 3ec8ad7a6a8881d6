"""Who came into the team, with which role, and who changed that: the audit log, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from broadcast.context import Core
from broadcast.models import Admin, Audit

ACTIONS = (
    "claim_code", "claimed", "appointed", "invited", "invitation_revoked", "joined", "role",
    "removed", "left", "link_code", "link_asked", "link_refused", "linked", "wrong_codes",
    "alone", "together", "house_named", "house_privacy",
    "halted", "lifted",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """`by` did `action` to `about`; names are empty where nobody of the team was concerned."""

    at: datetime
    action: str
    by: str
    about: str
    detail: str


async def page(core: Core, number: int, size: int) -> tuple[list[Line], int]:
    """The `number`th page (from 1) of `size` lines, and how many pages there are."""
    by, about = aliased(Admin), aliased(Admin)
    async with core.store.read() as session:
        total = await session.scalar(select(func.count()).where(col(Audit.action).in_(ACTIONS)))
        pages = max(1, -(-int(total or 0) // size))
        rows = await session.execute(
            select(Audit, by.name, about.name)
            .join(by, col(by.admin_id) == Audit.admin_id, isouter=True)
            .join(about, col(about.admin_id) == Audit.about_id, isouter=True)
            .where(col(Audit.action).in_(ACTIONS))
            .order_by(col(Audit.audit_id).desc())
            .limit(size)
            .offset((min(number, pages) - 1) * size)
        )
        lines = [
            Line(audit.at, audit.action, who or "", whom or "", audit.detail)
            for audit, who, whom in rows.all()
        ]
    return lines, pages
