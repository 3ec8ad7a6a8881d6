"""Socket Mode, kept alive: the library reconnects by itself; where it does not, it is built anew."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from time import monotonic, time
from typing import Any

import structlog
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat import ConsoleClosed
from bot.frontends.slack.api import NETWORK, TOKEN_REFUSED, error_of, retry_after, silent_logger
from broadcast.language import terminal

log = structlog.get_logger()
LOOK_SECONDS = 2.0
DOWN_SECONDS = 5.0  # the library tries again with an address that is good for one connection only
# bolt-python#1529: connected, answering pings, and no events any more. Slack itself changes
# connections about once an hour, with a message that says so.
SILENT_SECONDS = 2 * 3600.0
HELLO_SECONDS = 20.0
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 1.0, 30.0


class Socket:
    """`run` until cancelled. `refused` is told once when a token that worked stops working, `back`
    whenever Slack greets us, with when it could reach us last (epoch seconds; 0: not in this life).
    """

    def __init__(
        self,
        app: AsyncApp,
        client: AsyncWebClient,
        app_token: str,
        refused: Callable[[str], Awaitable[None]],
        back: Callable[[float], Awaitable[None]],
    ) -> None:
        self._app, self._client, self._token = app, client, app_token
        self._refused, self._back = refused, back
        self._worked = self._told = False
        self._up = 0.0  # when the line was seen to be up last, epoch seconds
        self._heard = 0.0  # when the last message came, 0: none to this handler
        self._client_now: Any = None  # the library's, of the present handler
        self._greeted: Any = None  # the connection over which Slack said hello last
        self.built = 0

    async def run(self) -> None:
        """Raises ConsoleClosed when the token never worked."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            try:
                url = await self._address()
                await self._hold(url)
                pause = FIRST_PAUSE_SECONDS
                log.warning("slack_socket_rebuilt", built=self.built)
            except SlackApiError as no:
                pause = max(pause, retry_after(no))
                await self._no(error_of(no))
            except NETWORK as trouble:
                log.warning("slack_unreachable", error=type(trouble).__name__)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    async def _address(self) -> str:
        answer = await self._client.apps_connections_open(app_token=self._token)
        self._worked, self._told = True, False
        return str(answer["url"])

    async def _no(self, error: str) -> None:
        log.warning("slack_socket_refused", error=error)
        if error not in TOKEN_REFUSED and error != "missing_scope":
            return
        if not self._worked:
            raise ConsoleClosed(
                terminal().plain(
                    "Slack refused TELLAL_SLACK__APP_TOKEN ({why}): it must be an xapp- token of this "
                    "app with the scope connections:write.",
                    why=error,
                )
            )
        if not self._told:
            self._told = True
            await self._refused(error)

    async def _hold(self, url: str) -> None:
        """One handler, as long as it is well."""
        self.built += 1
        self._heard = 0.0
        handler = AsyncSocketModeHandler(
            self._app, self._token, logger=silent_logger(), web_client=self._client
        )
        handler.client.message_listeners.append(self._note)
        handler.client.proxy = self._client.proxy
        handler.client.wss_uri = url  # asked for by ourselves, so that a refusal is seen
        self._client_now = handler.client
        connecting = asyncio.create_task(_connect(handler))
        try:
            await self._watch(handler)
        finally:
            connecting.cancel()
            await asyncio.gather(connecting, return_exceptions=True)
            with contextlib.suppress(Exception):
                await handler.client.close()  # type: ignore[no-untyped-call]

    async def _note(self, client: Any, message: dict[str, Any], _: Any = None) -> None:
        self._heard = monotonic()
        if message.get("type") == "hello":
            self._greeted = client.current_session
            since, self._up = self._up, time()
            log.info("slack_connected", built=self.built)
            await self._back(since)

    async def _watch(self, handler: AsyncSocketModeHandler) -> None:
        """Returns when it has to be built anew."""
        started, well = monotonic(), 0.0
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            now = monotonic()
            if await handler.client.is_connected():
                well = now
                self._up = time() if self.connected else self._up
            if well and now - well > DOWN_SECONDS:
                return
            if not self._heard and now - started > HELLO_SECONDS:
                return
            if self._heard and now - self._heard > SILENT_SECONDS:
                return

    @property
    def connected(self) -> bool:
        """Whether Slack has said hello on a connection that is still up."""
        client, session = self._client_now, self._greeted
        if client is None or session is None or client.closed or client.stale:
            return False
        return session is client.current_session and not session.closed


async def _connect(handler: AsyncSocketModeHandler) -> None:
    await handler.client.connect()  # type: ignore[no-untyped-call]
