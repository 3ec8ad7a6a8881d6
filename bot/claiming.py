"""A code for the first owner: for eyes at a terminal, never for a log that others may read."""

from __future__ import annotations

import logging

from bot import logs
from bot.settings import Settings
from broadcast.core import Core
from broadcast.services import code
from broadcast.store.session import Store
from broadcast.store.upgrade import upgrade

NO_OWNER = "No owner yet. For a code that makes you the owner, run at a terminal: tellal claim"


async def claim(settings: Settings) -> str | None:
    """How the first owner introduces themselves, one line a console; None once there is an owner.
    An earlier code works no more."""
    logs.configure(least=logging.WARNING)
    await upgrade(settings.database_url)
    core = Core(Store(settings.database_url))
    try:
        made = await code.claim(core)
    finally:
        await core.store.close()
    if made is None:
        return None
    lines = []
    if any(account.channel == "telegram" for account in settings.accounts()):
        lines.append(f"Telegram: /start claim-{made}")
    if settings.slack.configured:
        lines.append(f"Slack: {settings.slack.command} join claim-{made}")
    return "\n".join(lines)
