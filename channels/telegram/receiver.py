"""Long polling with raw updates: kept durably first, confirmed afterwards. No aiogram here."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from time import monotonic
from typing import Any, NoReturn

import aiohttp
import structlog

from broadcast.callback import Keep
from broadcast.channel import AccountEvent, Alert
from broadcast.language import N_
from broadcast.lenient_json import a_dict, a_text
from broadcast.proxy import proxy_of
from broadcast.retry_after import a_wait, in_words
from channels._kit.errors import ChannelClosed
from channels.telegram.webhook import ALLOWED_UPDATES, Json, OddAnswer, call, code_of

log = structlog.get_logger()
POLL_SECONDS = 30  # Telegram holds a poll 50 s at most
_ANSWER_SECONDS = POLL_SECONDS + 15
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 30.0
_AT_ONCE_SECONDS = 1.0  # a poll without news takes longer, unless something does not hold it
_EMPTY_PAUSES_SECONDS = (0.2, 0.5, 1.0)  # then; news would wait as long
_LONGEST_WAIT_SECONDS = 60.0


class TokenRefused(ChannelClosed):
    """Telegram does not know this token (any more)."""


class _Trouble(Exception):
    """Telegram answered no to a poll: the words, and how long to wait (0: we decide)."""

    def __init__(self, code: int, words: str, wait: float = 0.0) -> None:
        super().__init__(words)
        self.code, self.words, self.wait = code, words, wait


class TelegramReceiver:
    """One poller of one token: two at once would take each other's updates (409).

    `alert` is told when a person should look, once per trouble.
    """

    def __init__(
        self,
        *,
        token: str,
        api_url: str,
        keep: Keep,
        alert: Alert,
        allowed_updates: Sequence[str] = ALLOWED_UPDATES,
    ) -> None:
        self._base = f"{api_url}/bot{token}"
        self._keep, self._allowed, self._alert = keep, list(allowed_updates), alert
        self._offset = 0
        self._setbacks = 0
        self._worked = False  # the token was good once: then a 401 is waited out
        self._told = ""
        self._away = False  # whether the last poll failed
        self._empty = 0  # polls in a row that brought nothing, at once

    async def run(self) -> None:
        """Poll until cancelled. Raises TokenRefused when the token never worked."""
        timeout = aiohttp.ClientTimeout(total=_ANSWER_SECONDS, sock_connect=10)
        proxy = proxy_of(self._base)
        async with aiohttp.ClientSession(timeout=timeout, proxy=proxy) as self._client:
            webhook_looked_at = False
            while True:
                try:
                    if not webhook_looked_at:
                        await self._take_over_from_webhook()
                        webhook_looked_at = True
                    await self._receive_once()
                    self._setbacks, self._told = 0, ""
                    self._is_back()
                except _Trouble as trouble:
                    self._away = True
                    await self._refused(trouble)
                except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
                    webhook_looked_at = webhook_looked_at or isinstance(error, OddAnswer)
                    self._away = True
                    log.warning("poll_failed", error=type(error).__name__, setbacks=self._setbacks)
                    await self._pause()

    def _is_back(self) -> None:
        if self._away:
            log.info("poll_back")
        self._away = False

    async def _receive_once(self) -> None:
        fields = {
            "offset": self._offset,
            "timeout": 0 if self._away else POLL_SECONDS,  # at once whether it works again
            "allowed_updates": self._allowed,
        }
        asked_at = monotonic()
        updates = _updates(await self._ask("getUpdates", fields))
        self._worked = True
        if not updates:
            await self._rest(monotonic() - asked_at)
            return
        self._empty = 0
        try:
            await self._keep([(str(u["update_id"]), u) for u in updates])
        except Exception as error:  # a full disk, a locked database: Telegram keeps them for us
            log.error("updates_not_kept", count=len(updates), error=type(error).__name__)
            await self._pause()
            return
        self._offset = max(u["update_id"] for u in updates) + 1

    async def _rest(self, took: float) -> None:
        """A server, or a proxy before it, that holds no poll would be asked without end."""
        self._empty = self._empty + 1 if took < _AT_ONCE_SECONDS else 0
        if self._empty:
            last = len(_EMPTY_PAUSES_SECONDS) - 1
            await asyncio.sleep(_EMPTY_PAUSES_SECONDS[min(self._empty - 1, last)])

    async def _take_over_from_webhook(self) -> None:
        """A webhook left from before would refuse every poll. A server that does not tell of any is
        polled all the same."""
        try:
            info = await self._ask("getWebhookInfo", {})
            if isinstance(info, dict) and info.get("url"):
                log.warning("webhook_removed", reason="this bot is polled now")
                await self._ask("deleteWebhook", {})
        except _Trouble as trouble:
            if trouble.code != 404:
                raise
            log.warning("webhook_not_known", description=trouble.words)

    async def _refused(self, trouble: _Trouble) -> None:
        if trouble.code in {401, 404}:
            if not self._worked and await self._unknown():
                _refuse_token()
            await self._tell(
                "token_refused", N_("Telegram refuses the bot token. Check it at @BotFather.")
            )
            self._setbacks = max(self._setbacks, 6)
        elif trouble.code == 409 and "webhook" in trouble.words:
            await self._tell(
                "webhook_set", N_("Somebody had set a webhook for this bot; it is removed.")
            )
            await self._pause()
            await self._quietly("deleteWebhook")
            return
        elif trouble.code == 409:
            await self._tell(
                "poll_conflict",
                N_("Another program uses this bot's token. Stop one of the two."),
            )
        elif trouble.wait > _LONGEST_WAIT_SECONDS:
            await self._tell(
                "poll_throttled",
                N_(
                    "Telegram makes us wait before it delivers what people write; I ask every "
                    "minute."
                ),
            )
        else:
            log.warning("poll_refused", code=trouble.code, description=trouble.words)
        if trouble.wait:  # however long: what people write waits there, a STOP among it
            await asyncio.sleep(min(trouble.wait, _LONGEST_WAIT_SECONDS))
        else:
            await self._pause()

    async def _unknown(self) -> bool:
        """Whether the token is: only getMe says so, another method may be missing."""
        try:
            answer = await call(self._client, self._base, "getMe", {})
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError):
            return False
        return answer["ok"] is False and code_of(answer) in {401, 404}

    async def _tell(self, event: str, sentence: str) -> None:
        log.warning(event, hint=sentence)
        if self._told != event:
            self._told = event
            await self._alert(AccountEvent(sentence))

    async def _pause(self) -> None:
        """Growing pauses with jitter, so that a crowd does not return together."""
        self._setbacks += 1
        longest = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2 ** min(self._setbacks, 10))
        await asyncio.sleep(longest * random.uniform(0.5, 1.0))

    async def _quietly(self, method: str) -> None:
        try:
            await self._ask(method, {})
        except (_Trouble, aiohttp.ClientError, TimeoutError, OSError, ValueError):
            return  # the next poll will say so

    async def _ask(self, method: str, fields: Json) -> Any:
        answer = await call(self._client, self._base, method, fields)
        if answer["ok"]:
            return answer.get("result")
        words = a_text(answer.get("description"))
        wait = a_wait(a_dict(answer.get("parameters")).get("retry_after")) or in_words(words)
        raise _Trouble(code_of(answer), words, wait)


def _updates(result: object) -> list[Json]:
    """Those that can be named; one without an id could never be confirmed."""
    if not isinstance(result, list):
        raise OddAnswer("not a list of updates")
    named = [u for u in result if isinstance(u, dict) and type(u.get("update_id")) is int]
    if result and not named:
        raise OddAnswer("updates without ids")
    return named


def _refuse_token() -> NoReturn:
    raise TokenRefused(
        N_(
            "Telegram does not know this bot token. Copy it again from @BotFather into your settings."
        )
    )
