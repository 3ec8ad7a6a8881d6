"""A code for the first owner: for eyes at a terminal, never for a log that others may read."""

from __future__ import annotations

import asyncio
import logging
import sys

from sqlalchemy.exc import SQLAlchemyError

from bot import logs
from bot.settings import Settings
from broadcast.context import Core
from broadcast.language import terminal
from broadcast.services import code
from broadcast.store.migrate import upgrade
from broadcast.store.session import Store
from broadcast.store.storage_errors import in_words

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


def show(settings: Settings) -> int:
    """Print it; the exit code of `tellal claim`."""
    say = terminal().plain
    if not settings.has_console():
        print(  # noqa: T201
            say("No console is set up: set TELLAL_TELEGRAM__TOKEN or TELLAL_SLACK__BOT_TOKEN."),
            file=sys.stderr,
        )
        return 2
    try:
        how = asyncio.run(claim(settings))
    except SQLAlchemyError as error:
        print(in_words(error), file=sys.stderr)  # noqa: T201
        return 1
    if how is None:
        print(  # noqa: T201
            say("There is an owner already. Please ask them for an invitation."), file=sys.stderr
        )
        return 1
    print(say("Send this to your bot within the hour. It works once."))  # noqa: T201
    print(how)  # noqa: T201
    return 0
