"""Meta's Graph API as both its channels meet it: addresses, errors, signatures, callbacks."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import aiohttp
import orjson
from yarl import URL

from broadcast.callback import Callback, CallbackAnswer
from broadcast.lenient_json import a_text, parsed
from broadcast.outcome import Deferred, Outcome, Reason, Refused, Scope, Uncertain
from broadcast.untrusted_json import is_deep
from channels._kit.graph.config import GraphConfig

Json = dict[str, Any]
Update = tuple[str, dict[str, object]]  # a native update under its event id
SIGNATURE_HEADER = "x-hub-signature-256"
_LONGEST_NUMBER = 24  # characters
_EARLIEST = 1e9  # 2001: there was none of these platforms
_MILLISECONDS = 1e11  # from here on (the year 5138) a number of seconds is one of milliseconds
MAX_CALLBACK = 3 * 2**20  # Meta posts 3 MB at most (webhooks overview)


@dataclass(frozen=True, slots=True)
class Fault:
    """What Graph said no with. `details` is error_data.details, the words worth showing."""

    code: int
    subcode: int = 0
    message: str = ""
    details: str = ""

    @property
    def words(self) -> str:
        return self.details or self.message


def fault_of(error: object) -> Fault:
    """An `error` object of an answer or a webhook; anything odd becomes code -1."""
    if not isinstance(error, dict):
        return Fault(-1)
    data = error.get("error_data")
    details = data.get("details", "") if isinstance(data, dict) else ""
    message = str(error.get("message") or error.get("title") or "")
    return Fault(
        _number(error.get("code"), -1), _number(error.get("error_subcode")), message, str(details)
    )


def _number(value: object, otherwise: int = 0) -> int:
    return value if isinstance(value, int) else otherwise


def unreadable(status: int) -> Outcome:
    """Not Graph's own form: a proxy spoke, or the answer was cut or garbled on its way."""
    if status == 429:
        return Deferred(Reason.THROTTLED, 1.0, Scope.ACCOUNT, "HTTP 429")
    if 300 <= status < 500:
        # Refused on the way, so nothing was accepted; it would happen to everybody.
        detail = f"HTTP {status}, and not from Graph. Is something between it and us?"
        return Refused(Reason.REJECTED, False, Scope.ACCOUNT, str(status), detail)
    return Uncertain(f"HTTP {status} without a readable answer")


def proof(token: str, app_secret: str) -> str:
    """appsecret_proof: hex HMAC-SHA256 of the token under the app's secret."""
    return hmac.new(app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()


class Graph:
    """One account's way to Graph: where things are and who asks."""

    def __init__(self, api_url: str, version: str, token: str, app_secret: str = "") -> None:
        self.address = self._base = f"{api_url}/{version}"
        self.renew(token, app_secret)

    def renew(self, token: str, app_secret: str) -> None:
        """Another token from now on."""
        self.headers = {"Authorization": f"Bearer {token}"}
        self.json_headers = self.headers | {"Content-Type": "application/json"}
        self._query = f"?appsecret_proof={proof(token, app_secret)}" if app_secret else ""

    def url(self, path: str) -> URL:
        return URL(f"{self._base}/{path}{self._query}", encoded=True)

    async def call(
        self,
        client: aiohttp.ClientSession,
        method: str,
        path: str,
        fields: Json | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Json:
        """One management call. Raises Refusal with Graph's words, or aiohttp's errors."""
        url = self.url(path)
        async with client.request(
            method, url.update_query(query) if query else url, json=fields, headers=self.headers
        ) as answer:
            body = parsed(await answer.read())
        if isinstance(body, dict) and 200 <= answer.status < 300 and not body.get("error"):
            return body
        error = body.get("error") if isinstance(body, dict) else None
        raise Refusal(fault_of(error), answer.status)


class Refusal(Exception):
    """Graph's no to a management call."""

    def __init__(self, fault: Fault, status: int) -> None:
        super().__init__(fault.words or f"HTTP {status}")
        self.fault, self.status = fault, status


def handshake(callback: Callback, verify_token: str) -> CallbackAnswer:
    """The GET with which Meta asks whether an address is ours."""
    query = callback.query
    given = query.get("hub.verify_token", "").encode()
    known = bool(verify_token) and hmac.compare_digest(given, verify_token.encode())
    if query.get("hub.mode") != "subscribe" or not known:
        return CallbackAnswer(403, "wrong verify token\n")
    return CallbackAnswer(200, query.get("hub.challenge", ""))


def signature(body: bytes, app_secret: str) -> str:
    """What Meta writes into X-Hub-Signature-256 for these bytes."""
    return "sha256=" + hmac.digest(app_secret.encode(), body, "sha256").hex()


def signed(callback: Callback, app_secret: str) -> bool:
    """Whether Meta posted exactly these bytes (X-Hub-Signature-256); constant time."""
    given = callback.headers.get(SIGNATURE_HEADER, "").encode(errors="surrogateescape")
    return bool(app_secret) and hmac.compare_digest(
        given, signature(callback.body, app_secret).encode()
    )


def posted(callback: Callback, app_secret: str, verify_token: str) -> Json | CallbackAnswer:
    """The body of a genuine POST, or what to answer instead."""
    if callback.method == "GET":
        return handshake(callback, verify_token)
    if len(callback.body) > MAX_CALLBACK:
        return CallbackAnswer(413, "too long\n")
    if not signed(callback, app_secret):
        return CallbackAnswer(403, "not signed by the app\n")
    body = parsed(callback.body)
    if not isinstance(body, dict) or is_deep(body, callback.body):
        return CallbackAnswer(400, "not a JSON object, or nested too deep\n")
    return body


def taken(
    config: GraphConfig, callback: Callback, cut: Callable[[Json, str], Iterable[Update]]
) -> CallbackAnswer:
    """What to answer, and the updates to keep first: the body as `cut` cuts it, under its name."""
    secret = config.app_secret.get_secret_value()
    body = posted(callback, secret, config.verify_token.get_secret_value())
    if isinstance(body, CallbackAnswer):
        return body
    return CallbackAnswer(keep=tuple(cut(body, fingerprint(callback.body))))


def unix_seconds(value: object) -> float:
    """A platform's moment, in seconds or milliseconds, as a number or a string; nonsense is the
    beginning of time, and never an error: what came with it must not be lost."""
    text = a_text(value).strip()
    if not (
        text.isascii() and len(text) < _LONGEST_NUMBER and text.replace(".", "", 1).isdecimal()
    ):
        return 0.0
    seconds = float(text)
    if seconds >= _MILLISECONDS:
        seconds /= 1000
    return seconds if _EARLIEST <= seconds < _MILLISECONDS else 0.0


def moment(value: object) -> datetime | None:
    """The same as a date; None where it says nothing."""
    seconds = unix_seconds(value)
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def name_of(update: Mapping[str, object]) -> str:
    """The same of something that was read: also what orjson cannot write again has a name."""
    try:
        raw = orjson.dumps(update)
    except TypeError:
        raw = json.dumps(update).encode(errors="replace")
    return fingerprint(raw)


def fingerprint(raw: bytes) -> str:
    """Names a callback by its content: the same one again is not news."""
    return hashlib.sha256(raw).hexdigest()[:32]
