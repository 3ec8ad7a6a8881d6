"""The team's console in Slack: one app, over Socket Mode or signed HTTP."""

from __future__ import annotations

from functools import partial
from importlib import import_module

from bot.frontends import OWN, Console, ConsoleSpec, Given
from broadcast.account_key import AccountKey
from broadcast.engine.intake import last_kept

KEY = AccountKey("slack", OWN)


async def _build(given: Given) -> Console | None:
    config = given.settings.slack
    if not config.configured:
        return None
    made: Console = import_module("bot.frontends.slack.frontend").SlackFrontend(
        given.core, partial(given.keep, KEY),
        bot_token=config.bot_token.get_secret_value(),
        app_token=config.app_token.get_secret_value(),
        signing_secret=config.signing_secret.get_secret_value(),
        channel=config.channel, api_url=config.api_url, command=config.command,
        since=await last_kept(given.core, str(KEY)),
        told_to_wait=partial(given.told_to_wait, *KEY),
    )  # fmt: skip
    return made


SPEC = ConsoleSpec("slack", _build)
