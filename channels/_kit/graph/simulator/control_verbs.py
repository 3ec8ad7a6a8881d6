"""Control verbs that are the same on every Graph host: the app, its tokens and webhook, time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from channels._kit.graph.simulator.app import App
from channels._kit.graph.simulator.clock import Agenda
from channels._kit.graph.simulator.webhook import Webhook
from channels._kit.sandbox_world import People

Json = dict[str, Any]
Verb = Callable[[Json], Awaitable[Any]]


class Levers:
    """LookupError and ValueError are the caller's mistakes."""

    def __init__(self, app: App, webhook: Webhook, agenda: Agenda) -> None:
        self._app = app
        self._webhook = webhook
        self._agenda = agenda

    def verbs(self) -> dict[str, Verb]:
        """The verbs by name."""
        return {
            "webhook": self.webhook,
            "redeliver": self.redeliver,
            "post": self.post,
            "tokens": self.tokens,
            "app": self.app,
            "advance": self.advance,
        }

    async def webhook(self, data: Json) -> Json:
        """Points the webhook somewhere (after the handshake), or changes its manner."""
        self._webhook.change(data)
        if "url" in data:
            fields = data.get("fields")
            await self._webhook.set(str(data["url"]), str(data.get("verify_token") or ""), fields)
        return self._webhook.describe()

    async def redeliver(self, data: Json) -> Json:
        """The last `count` requests come a second time, byte for byte."""
        return {"answered": await self._webhook.redeliver(int(data.get("count", 1)))}

    async def post(self, data: Json) -> Json:
        """Posts a body of one's own to the webhook, with a good signature or the one given."""
        signature = data.get("signature")
        return {"answered": await self._webhook.deliver(str(data["body"]).encode(), signature)}

    async def tokens(self, data: Json) -> Json:
        """Issues a token (scopes, expires_in), or ends one (gone: 458, 460, 463, 467)."""
        if "token" in data:
            text = str(data["token"])
            known = self._app.tokens.get(text)
            if "gone" in data:
                if known is None:
                    raise LookupError("no such token")
                known.gone = int(data["gone"])
            else:
                usual = known or next(iter(self._app.tokens.values()))
                scopes = [str(s) for s in data.get("scopes", usual.scopes)]
                self._app.allow(text, scopes, float(data.get("expires_in") or 0))
        return self._app.describe()

    async def app(self, data: Json) -> Json:
        """The app: its secret, whether appsecret_proof is required, how many calls it may make."""
        if "secret" in data:
            self._app.change_secret(str(data["secret"]))
        self._app.proof_required = bool(data.get("proof_required", self._app.proof_required))
        self._app.calls_per_hour = int(data.get("calls_per_hour", self._app.calls_per_hour))
        return self._app.describe()

    async def advance(self, data: Json) -> Json:
        """Lets simulated time pass; what came due happens at once."""
        due = self._agenda.advance(float(data["seconds"]))
        return {"now": self._agenda.clock.now(), "happened": due}


def chosen(people: People, data: Json) -> list[int]:
    """Whom a verb is about: `person`, `people`, or a `share` of a range `offset`/`count`."""
    if "person" in data:
        return [int(data["person"])]
    if "people" in data:
        return [int(p) for p in data["people"]]
    offset, count = int(data.get("offset", 0)), int(data["count"])
    share, last = float(data.get("share", 1.0)), min(offset + count, len(people))
    return [people.id_at(i) for i in range(offset, last) if people.draw(i, "share") < share]
