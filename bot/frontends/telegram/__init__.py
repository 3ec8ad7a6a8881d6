"""The team's console on Telegram: a bot of its own, or the subscribers' first one."""

from __future__ import annotations

from functools import partial
from importlib import import_module

from pydantic import SecretStr

from bot.frontends import OWN, Console, ConsoleSpec, Given
from bot.settings import Account
from broadcast.engine.pacing import Pacer

_PROGRESS_SHARE = 0.02  # of a token's allowance that subscribers need as well


async def _build(given: Given) -> Console | None:
    """On the bot that has a token for it, else on the first bot of the subscribers."""
    bots = [account for account in given.accounts.values() if account.channel == "telegram"]
    if not bots:
        return None
    frontend = import_module("bot.frontends.telegram.frontend").TelegramFrontend
    with_token = next((a for a in bots if a.config.admin_token.get_secret_value()), None)
    if with_token is None:
        pacer = given.pacers[bots[0].key]
        made: Console = frontend(given.core, bots[0], pacer, pacer.rate * _PROGRESS_SHARE)
        return made
    config = with_token.config.model_copy(
        update={"token": with_token.config.admin_token, "webhook_secret": SecretStr("")}
    )
    own = Account("telegram", OWN, config)
    pacer = Pacer(config.rate_per_second)
    pacer.on_close = partial(given.told_to_wait, *own.key)
    made = frontend(given.core, own, pacer)
    made.own = own
    return made


SPEC = ConsoleSpec("telegram", _build)
