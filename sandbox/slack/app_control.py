"""The control API's verbs about the app and the line to it: tokens, scopes, limits, sockets."""

from __future__ import annotations

from sandbox.slack.callback import Callback
from sandbox.slack.control import Verb
from sandbox.slack.envelopes import Deliveries
from sandbox.slack.platform import Platform
from sandbox.slack.socket_mode import Sockets
from sandbox.slack.workspace import Json

_REFUSALS = ("token_revoked", "account_inactive", "invalid_auth", "")


class AppControl:
    """Changes the app from outside. LookupError and ValueError are the caller's mistakes."""

    def __init__(
        self, platform: Platform, deliveries: Deliveries, sockets: Sockets, callback: Callback
    ) -> None:
        self._platform = platform
        self._deliveries = deliveries
        self._sockets = sockets
        self._callback = callback

    def verbs(self) -> dict[str, Verb]:
        """The verbs by name."""
        return {
            "app": self.app, "scopes": self.scopes, "revoke": self.revoke, "limits": self.limits,
            "clock": self.clock, "acks": self.acks, "disconnect": self.disconnect,
            "duplicate": self.duplicate, "retries": self.retries, "calls": self.calls,
            "uploads": self.uploads,
        }  # fmt: skip

    async def app(self, data: Json) -> Json:
        """Reads or changes the app: tokens, secret, events, commands, shortcuts, tabs, request_url
        ("" = off)."""
        app = self._platform.app
        for name in ("bot_token", "app_token", "signing_secret"):
            if name in data:
                setattr(app, name, str(data[name]))
        for name in ("home_tab", "messages_tab"):
            if name in data:
                setattr(app, name, bool(data[name]))
        for name in ("events", "commands"):
            if name in data:
                setattr(app, name, {str(one) for one in data[name]})
        app.shortcuts = list(data.get("shortcuts", app.shortcuts))
        if data.get("request_url"):
            await self._callback.verify(str(data["request_url"]))
        app.request_url = str(data.get("request_url", app.request_url))
        return app.describe()

    async def scopes(self, data: Json) -> Json:
        """Grants: `scopes` sets them all, `add` and `remove` change some; `app_scopes` likewise."""
        app = self._platform.app
        if "scopes" in data:
            app.scopes = set(data["scopes"])
        app.scopes = (app.scopes | set(data.get("add", ()))) - set(data.get("remove", ()))
        app.app_scopes = set(data.get("app_scopes", app.app_scopes))
        return {"scopes": sorted(app.scopes), "app_scopes": sorted(app.app_scopes)}

    async def revoke(self, data: Json) -> Json:
        """Tokens answer `error` token_revoked (or account_inactive, …); revoked=false: good again."""
        revoked = bool(data.get("revoked", True))
        error = str(data.get("error", "token_revoked")) if revoked else ""
        if error not in _REFUSALS:
            raise ValueError(f"error must be one of {', '.join(_REFUSALS[:-1])}")
        app = self._platform.app
        if error and not app.refusal:  # the last thing the app hears
            tokens = {"oauth": [], "bot": [app.bot_user]}
            self._platform.on_event({"type": "tokens_revoked", "tokens": tokens})
        if error == "account_inactive" and not app.refusal:
            self._platform.on_event({"type": "app_uninstalled"})
        app.refusal = error
        return app.describe()

    async def limits(self, data: Json) -> Json:
        """Reads or changes the rate limits; 0 lifts one."""
        self._platform.rates.change(data)
        return self._platform.rates.describe()

    async def clock(self, data: Json) -> Json:
        """Pushes the workspace's time ahead by so many seconds in all."""
        clock = self._platform.clock
        clock.ahead = float(data.get("ahead", clock.ahead))
        return {"now": clock.now(), "ahead": clock.ahead}

    async def acks(self, data: Json) -> Json:
        """How promptly envelopes were acknowledged; `reset` starts anew."""
        acks = self._deliveries.acks(int(data.get("last", 100)))
        if data.get("reset"):
            self._deliveries.forget()
        return acks | self._sockets.describe()

    async def disconnect(self, data: Json) -> Json:
        """Ends sockets: with a `reason`, or `drop`ped; `refuse_seconds` without new ones."""
        reason = str(data.get("reason") or "refresh_requested")
        drop, refuse = bool(data.get("drop")), float(data.get("refuse_seconds") or 0)
        return {"disconnected": await self._sockets.disconnect(reason, drop, refuse)}

    async def duplicate(self, data: Json) -> Json:
        """Delivers the next `count` envelopes twice, or (`latest`) the last one once more."""
        if data.get("latest"):
            return await self._deliveries.again()
        self._deliveries.twice = int(data.get("count", 1))
        return {"twice": self._deliveries.twice}

    async def retries(self, data: Json) -> Json:
        """The pauses before an unacknowledged event comes again; `keeps`: events wait for a line."""
        self._deliveries.keeps = bool(data.get("keeps", self._deliveries.keeps))
        if "seconds" in data:
            self._deliveries.retry_seconds = [float(pause) for pause in data["seconds"]]
        return {"seconds": self._deliveries.retry_seconds, "keeps": self._deliveries.keeps}

    async def calls(self, data: Json) -> Json:
        """How often the app called each method."""
        return dict(self._platform.calls)

    async def uploads(self, data: Json) -> Json:
        """For how many `seconds` Slack works on a file before blocks may name it; `delete`: the id
        of one that it deletes, as a workspace's retention does."""
        files = self._platform.files
        files.work_seconds = float(data.get("seconds", files.work_seconds))
        if (file := files.get(str(data.get("delete", "")))) is not None:
            file.deleted = True
        return {"seconds": files.work_seconds}
