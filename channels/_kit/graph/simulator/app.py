"""The Meta app on whose behalf is called: its secret, its tokens and what they may do."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any

from channels._kit.allowance import Window
from channels._kit.graph.simulator.clock import Clock
from channels._kit.graph.simulator.errors import (
    GraphError,
    bad_token,
    no_token,
    not_permitted,
    too_many_calls,
)

Json = dict[str, Any]
_HOUR = 3600.0


@dataclass(slots=True)
class Token:
    """An access token. `gone`: the subcode of 190 it answers with since it is worth nothing."""

    text: str
    scopes: list[str]
    expires_at: float = 0.0  # simulated time; 0: never
    gone: int = 0


class App:
    """One app; every token the sandbox knows is its own."""

    def __init__(self, clock: Clock, app_id: str, secret: str, kind: str) -> None:
        self.clock = clock
        self.id = app_id
        self.secret = secret
        self.kind = kind  # of its tokens, as debug_token names it: SYSTEM_USER or PAGE
        self.proof_required = False
        self.calls_per_hour = 0  # of the app as a whole; 0: as many as it likes
        self.refused = 0  # calls beyond that
        self._calls = Window()
        self.tokens: dict[str, Token] = {}
        self._proven: set[tuple[str, str]] = set()

    @property
    def own_token(self) -> str:
        """The app access token."""
        return f"{self.id}|{self.secret}"

    def allow(self, text: str, scopes: list[str], expires_in: float = 0.0) -> Token:
        """Issues a token, or renews a known one."""
        expires_at = self.clock.now() + expires_in if expires_in else 0.0
        self.tokens[text] = Token(text, list(scopes), expires_at)
        return self.tokens[text]

    def check(self, text: str, proof: str) -> Token:
        """The token that came with a request, or the refusal Graph has for it."""
        if not text:
            raise no_token()
        token = self.tokens.get(text)
        if token is None:
            raise bad_token()
        if self._why_gone(token):
            raise bad_token(self._why_gone(token))
        if proof or self.proof_required:
            self._check_proof(text, proof)
        return token

    def _check_proof(self, text: str, proof: str) -> None:
        if (text, proof) in self._proven:
            return
        if not proof:
            raise GraphError(
                100,
                "API calls from the server require an appsecret_proof argument",
                kind="GraphMethodException",
            )
        wanted = hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(wanted, proof):
            words = "Invalid appsecret_proof provided in the API argument"
            raise GraphError(100, words, kind="GraphMethodException")
        self._proven.add((text, proof))

    def change_secret(self, secret: str) -> None:
        """A new app secret: signatures and proofs made with the old one are void."""
        self.secret = secret
        self._proven.clear()

    def _why_gone(self, token: Token) -> int:
        if token.gone:
            return token.gone
        return 463 if token.expires_at and token.expires_at <= self.clock.now() else 0

    def count(self) -> None:
        """One more call; refuses what is beyond the app's allowance."""
        now = self.clock.now()
        if self.calls_per_hour and self._calls.wait(now, 1, self.calls_per_hour, _HOUR) > 0:
            self.refused += 1
            raise too_many_calls()
        self._calls.add(now, 1)

    def used(self) -> int:
        """How many percent of its allowance the app has used up."""
        if not self.calls_per_hour:
            return 0
        return self._calls.count(self.clock.now(), _HOUR) * 100 // self.calls_per_hour

    def need(self, token: Token, *scopes: str) -> None:
        """Refuses a token that has none of these permissions."""
        if not any(scope in token.scopes for scope in scopes):
            raise not_permitted(scopes[0])

    def debug(self, asked_with: str, text: str, targets: list[str]) -> Json:
        """GET /debug_token."""
        if asked_with != self.own_token:
            self.check(asked_with, "")
        about: Json = {"app_id": self.id, "type": self.kind, "application": "Tellal sandbox"}
        token = self.tokens.get(text)
        if token is None:
            words = "Invalid OAuth access token - Cannot parse access token"
            error = {"code": 190, "message": words}
            return {"data": {"error": error, "is_valid": False, "scopes": []}}
        gone = self._why_gone(token)
        about |= {
            "data_access_expires_at": 0,
            "expires_at": int(token.expires_at),
            "is_valid": not gone,
            "scopes": token.scopes,
            "granular_scopes": [{"scope": s, "target_ids": targets} for s in token.scopes],
        }
        if gone:
            refused = bad_token(gone)
            about["error"] = {"code": 190, "message": refused.message, "subcode": gone}
        return {"data": about}

    def describe(self) -> Json:
        """For whoever sets the sandbox up."""
        return {
            "id": self.id,
            "secret": self.secret,
            "proof_required": self.proof_required,
            "calls_per_hour": self.calls_per_hour,
            "refused": self.refused,
            "tokens": [
                {"token": t.text, "scopes": t.scopes, "gone": self._why_gone(t)}
                for t in self.tokens.values()
            ],
        }
