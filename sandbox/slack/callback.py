"""Signed HTTP: events, commands and interactions posted to the app's request URL."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import aiohttp
import orjson

from sandbox.slack.envelopes import ACK_SECONDS, Ack, Envelope
from sandbox.slack.installation import Installation
from sandbox.slack.payloads import form_of
from sandbox.slack.workspace import Json

_FORM = "application/x-www-form-urlencoded"


class Callback:
    """Posts to the one URL of the app, which is how a manifest without Socket Mode is set up."""

    def __init__(self, app: Installation, strike: Callable[[str], Any]) -> None:
        self._app = app
        self._strike = strike
        self._session: aiohttp.ClientSession | None = None

    def connected(self) -> bool:
        """HTTP has no connection to lose."""
        return True

    async def ready(self) -> None:
        """Always."""

    async def verify(self, url: str) -> None:
        """The handshake before a URL is accepted. ValueError when the app does not pass it."""
        challenge = secrets.token_urlsafe(24)
        body = orjson.dumps(
            {
                "token": self._app.verification,
                "challenge": challenge,
                "type": "url_verification",
            }
        )
        try:
            status, answer, _ = await self._post(url, body, "application/json", {}, ACK_SECONDS)
        except (aiohttp.ClientError, OSError) as gone:  # a TimeoutError is one of them
            raise ValueError(f"the request URL did not answer: {type(gone).__name__}") from None
        if status != 200 or challenge.encode() not in answer:
            raise ValueError(f"the request URL did not answer the challenge (HTTP {status})")

    async def offer(self, envelope: Envelope, seconds: float) -> Ack:
        """One request, and its answer."""
        started = time.monotonic()
        faults = await self._strike("envelope")
        if faults and faults.kind == "drop_before":
            return Ack(time.monotonic() - started, error="connection_failed")
        kind, body = _body(envelope)
        headers = {}
        if envelope.attempt:
            headers["X-Slack-Retry-Num"] = str(envelope.attempt)
            headers["X-Slack-Retry-Reason"] = envelope.reason
        try:
            status, answer, sent = await self._post(
                self._app.request_url, body, kind, headers, seconds
            )
        except TimeoutError:
            return Ack(seconds, error="http_timeout")
        except (aiohttp.ClientError, OSError):
            return Ack(time.monotonic() - started, error="connection_failed")
        if faults and faults.kind == "drop_after":
            return Ack(time.monotonic() - started, error="connection_failed")
        slow = await self._strike("ack")
        spent = time.monotonic() - started
        if spent > seconds or slow is not None:
            return Ack(spent, error="http_timeout")
        if not 200 <= status < 300:
            return Ack(spent, error="http_error", final=sent.get("X-Slack-No-Retry") == "1")
        return Ack(spent, _answer(answer, sent.get("Content-Type", "")))

    async def _post(
        self, url: str, body: bytes, kind: str, headers: dict[str, str], seconds: float
    ) -> tuple[int, bytes, Any]:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": kind,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": sign(self._app.signing_secret, timestamp, body),
            **headers,
        }
        timeout = aiohttp.ClientTimeout(total=seconds)
        async with self._session.post(url, data=body, headers=headers, timeout=timeout) as answer:
            return answer.status, await answer.read(), answer.headers

    async def close(self) -> None:
        """Ends the session."""
        if self._session is not None:
            await self._session.close()
            await asyncio.sleep(0)


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """X-Slack-Signature (docs.slack.dev/authentication/verifying-requests-from-slack)."""
    signed = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def _body(envelope: Envelope) -> tuple[str, bytes]:
    if envelope.kind == "slash_commands":
        return _FORM, urlencode(form_of(envelope.payload)).encode()
    raw = orjson.dumps(envelope.payload)
    if envelope.kind == "interactive":
        return _FORM, urlencode({"payload": raw.decode()}).encode()
    return "application/json", raw


def _answer(body: bytes, kind: str) -> Json:
    """An empty answer, a text for the person, or JSON."""
    if not body.strip():
        return {}
    if kind.startswith("application/json"):
        try:
            parsed = orjson.loads(body)
        except orjson.JSONDecodeError:
            return {}
        return parsed if isinstance(parsed, dict) else {"text": str(parsed)}
    return {"text": body.decode(errors="replace")}
