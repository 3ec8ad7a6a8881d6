"""Which call does what: the phone number's, the account's, the template's and the media's edges."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from aiohttp import web

from channels._kit.allowance import Window
from channels._kit.graph.simulator.errors import GraphError, unknown_object
from channels._kit.graph.simulator.host import Behaviour, Call, Host
from channels.whatsapp.simulator.account import Number
from channels.whatsapp.simulator.errors import refusal
from channels.whatsapp.simulator.management import Management
from channels.whatsapp.simulator.platform import Platform
from channels.whatsapp.simulator.sending import Sending

Json = dict[str, Any]
_MESSAGING, _MANAGEMENT = "whatsapp_business_messaging", "whatsapp_business_management"
_HOUR = 3600.0


class Endpoint:
    """Turns Graph calls into what the platform does."""

    def __init__(self, platform: Platform, sending: Sending) -> None:
        self._platform = platform
        self._sending = sending
        self._management = Management(platform)
        self._calls, self._creates = Window(), Window()
        behaviour = Behaviour(
            serve=self.serve,
            person_of=self._person_of,
            refusal=lambda code, subcode: refusal(code, subcode=subcode),
            flood=self._flood,
            usage=self._usage,
            targets=lambda: [platform.account.id, *platform.numbers],
            product="whatsapp",
        )
        self.host = Host("whatsapp", platform.world, platform.app, behaviour)

    def routes(self) -> list[web.RouteDef]:
        """What to mount; the picture route is for the page and asks for no token."""
        return [
            web.get(self.host.prefix + "/media/{media_id}", self._download),
            web.get(self.host.prefix + "/picture/{media_id}", self._picture),
            *self.host.routes(),
        ]

    def serve(self, call: Call) -> Any:
        """One call with a good token."""
        number = self._platform.numbers.get(call.node)
        if number is not None:
            return self._number(call, number)
        if call.node == self._platform.account.id:
            return self._account(call)
        if call.node == self._platform.app.id:
            return self._app(call)
        return self._object(call)

    def _need(self, call: Call, *scopes: str) -> None:
        if call.token is None:  # the app's own token
            raise GraphError(200, "(#200) Provide valid app ID", status=403)
        self._platform.app.need(call.token, *scopes)

    def _number(self, call: Call, number: Number) -> Any:
        if call.edge in ("messages", "marketing_messages") and call.method == "POST":
            self._need(call, _MESSAGING)
            return self._sending.send(call, number)
        if call.edge == "media" and call.method == "POST":
            self._need(call, _MESSAGING)
            return self._management.upload(call, number)
        self._need(call, _MANAGEMENT, _MESSAGING)
        self._count(self._calls, self._platform.limits.management_per_hour, 80007)
        if not call.edge and call.method == "GET":
            return self._management.number(call, number)
        raise unknown_object(call.node, call.method)

    def _account(self, call: Call) -> Any:
        self._need(call, _MANAGEMENT)
        self._count(self._calls, self._platform.limits.management_per_hour, 80007)
        if (call.method, call.edge) == ("POST", "message_templates"):
            self._count(self._creates, self._platform.limits.creates_per_hour, 80007)
        table: dict[tuple[str, str], Callable[[Call], Any]] = {
            ("GET", ""): self._management.account,
            ("GET", "phone_numbers"): self._management.list_numbers,
            ("GET", "message_templates"): self._management.list_templates,
            ("POST", "message_templates"): self._management.create_template,
            ("DELETE", "message_templates"): self._management.delete_template,
            ("GET", "subscribed_apps"): self._management.subscriptions,
            ("POST", "subscribed_apps"): self._management.subscribe,
            ("DELETE", "subscribed_apps"): self._management.unsubscribe,
        }
        done = table.get((call.method, call.edge))
        if done is None:
            raise unknown_object(call.node, call.method)
        return done(call)

    def _app(self, call: Call) -> Any:
        if (call.method, call.edge) == ("POST", "uploads"):
            return self._management.open_upload(call)
        if call.edge != "subscriptions":
            raise unknown_object(call.node, call.method)
        if call.token is not None:
            words = "(#15) This method must be called with an app access_token"
            raise GraphError(15, words)
        if call.method == "GET":
            return self._management.callback()
        if call.method == "POST":
            return self._management.set_callback(call)
        raise unknown_object(call.node, call.method)

    def _object(self, call: Call) -> Any:
        """A template, a file or an upload by its id."""
        platform = self._platform
        if call.node.startswith("upload:") and call.method == "POST":
            return self._management.continue_upload(call)
        template = platform.catalog.get(call.node)
        if template is not None and not call.edge and call.method in ("GET", "POST"):
            self._need(call, _MANAGEMENT)
            return self._management.template(call, template)
        media = platform.shelf.find(call.node, call.field("phone_number_id"))
        if media is None or call.edge or call.method not in ("GET", "DELETE"):
            raise unknown_object(call.node, call.method)
        self._need(call, _MESSAGING)
        if call.method == "DELETE":
            platform.shelf.remove(media)
            return {"success": True}
        base = f"{call.request.scheme}://{call.request.host}{self.host.prefix}"
        return platform.shelf.about(media, base)

    async def _download(self, request: web.Request) -> web.StreamResponse:
        platform = self._platform
        try:
            kind, _, text = request.headers.get("Authorization", "").partition(" ")
            platform.app.check(text if kind == "Bearer" else "", "")
            until = request.query.get("until", "")
            media = platform.shelf.download(request.match_info["media_id"], until)
        except GraphError as error:
            return web.json_response(error.body("Asandbox", "whatsapp"), status=error.status)
        return web.Response(body=media.content, content_type=media.mime)

    async def _picture(self, request: web.Request) -> web.StreamResponse:
        media = self._platform.shelf.find(request.match_info["media_id"])
        if media is None:
            raise web.HTTPNotFound
        return web.Response(body=media.content, content_type=media.mime)

    # What the host asks

    def _person_of(self, call: Call) -> int | None:
        to, user_id = call.field("to"), call.field("recipient")
        identity, contact = self._platform.identity, None
        if isinstance(to, str) and to:
            contact = identity.by_phone(to)
        elif isinstance(user_id, str):
            contact = identity.by_user_id(user_id)
        return contact.id if contact else None

    def _flood(self, hold: float) -> GraphError:
        if hold:
            for number in self._platform.numbers.values():
                number.closed_until = self._platform.clock.now() + hold
        return refusal(130429)

    def _count(self, window: Window, limit: int, code: int) -> None:
        now = self._platform.clock.now()
        if limit and window.wait(now, 1, limit, _HOUR) > 0:
            raise refusal(code)
        window.add(now, 1)

    def _usage(self) -> dict[str, str]:
        limit = self._platform.limits.management_per_hour
        used = self._calls.count(self._platform.clock.now(), _HOUR)
        share = min(100, used * 100 // limit) if limit else 0
        return _usage(self._platform.account.id, share)


@lru_cache(maxsize=200)
def _usage(account_id: str, share: int) -> dict[str, str]:
    """The two headers; every answer carries them."""
    idle = {"call_count": 0, "total_cputime": 0, "total_time": 0}
    about = {
        "type": "whatsapp_business_management",
        "call_count": share,
        "total_cputime": share // 2,
        "total_time": share // 2,
        "estimated_time_to_regain_access": 60 if share >= 100 else 0,
    }
    return {
        "x-app-usage": json.dumps(idle),
        "x-business-use-case-usage": json.dumps({account_id: [about]}),
    }
