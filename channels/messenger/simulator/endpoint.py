"""Which call does what: the page's, the app's and the people's edges."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from aiohttp import web

from channels._kit.graph.simulator.clock import DAY
from channels._kit.graph.simulator.errors import GraphError, unknown_object
from channels._kit.graph.simulator.host import Behaviour, Call, Host
from channels.messenger.simulator.errors import refusal
from channels.messenger.simulator.management import Management
from channels.messenger.simulator.platform import Platform
from channels.messenger.simulator.sending import Sending

Json = dict[str, Any]
_SCOPES = {
    "messages": "pages_messaging",
    "message_attachments": "pages_messaging",
    "message_templates": "pages_utility_messaging",
    "messenger_profile": "pages_messaging",
    "subscribed_apps": "pages_manage_metadata",
    "": "pages_show_list",
}


class Endpoint:
    """Turns Graph calls into what the platform does."""

    def __init__(self, platform: Platform, sending: Sending) -> None:
        self._platform = platform
        management = Management(platform)
        self._management = management
        self._page: dict[tuple[str, str], Callable[[Call], Any]] = {
            ("POST", "messages"): sending.send,
            ("POST", "message_attachments"): management.upload,
            ("GET", ""): management.page,
            ("GET", "messenger_profile"): management.profile,
            ("POST", "messenger_profile"): management.set_profile,
            ("DELETE", "messenger_profile"): management.delete_profile,
            ("GET", "message_templates"): management.list_templates,
            ("POST", "message_templates"): management.create_template,
            ("DELETE", "message_templates"): management.delete_template,
            ("GET", "subscribed_apps"): management.subscriptions,
            ("POST", "subscribed_apps"): management.subscribe,
            ("DELETE", "subscribed_apps"): management.unsubscribe,
        }
        behaviour = Behaviour(
            serve=self.serve,
            person_of=self._person_of,
            refusal=refusal,
            flood=self._flood,
            usage=self._usage,
            targets=lambda: [platform.page.id],
        )
        self.host = Host("messenger", platform.world, platform.app, behaviour)

    def routes(self) -> list[web.RouteDef]:
        """What to mount; the picture route is for the demo page and asks for no token."""
        return [
            web.get(self.host.prefix + "/picture/{attachment_id}", self._picture),
            *self.host.routes(),
        ]

    def serve(self, call: Call) -> Any:
        """One call with a good token."""
        if call.node == self._platform.app.id and call.edge == "subscriptions":
            if call.method != "GET" or call.token is not None:
                raise GraphError(15, "(#15) This method must be called with an app access_token")
            return self._management.callback()
        if call.token is None:
            raise GraphError(200, "(#200) A page access token is required.", status=403)
        if call.node in ("me", self._platform.page.id):
            done = self._page.get((call.method, call.edge))
            if done is None:
                raise unknown_object(call.node, call.method)
            self._platform.app.need(call.token, _SCOPES[call.edge])
            return done(call)
        index = self._platform.identity.index(call.node)
        known = index is not None and self._platform.page.knows(index)
        if index is None or not known or call.edge or call.method != "GET":
            raise unknown_object(call.node, call.method)
        self._platform.app.need(call.token, "pages_messaging")
        return self._management.person(call, index)

    async def _picture(self, request: web.Request) -> web.StreamResponse:
        found = self._platform.attachments.find(request.match_info["attachment_id"])
        if found is None:
            raise web.HTTPNotFound
        return web.Response(body=found.content, content_type=found.mime)

    # What the host asks

    def _person_of(self, call: Call) -> int | None:
        recipient = call.field("recipient")
        psid = recipient.get("id") if isinstance(recipient, dict) else None
        index = self._platform.identity.index(psid) if isinstance(psid, str) else None
        return None if index is None else self._platform.world.people.id_at(index)

    def _flood(self, hold: float) -> GraphError:
        if hold:
            self._platform.page.closed_until = self._platform.clock.now() + hold
        return refusal(613)

    def _usage(self) -> dict[str, str]:
        page, limits, now = self._platform.page, self._platform.limits, self._platform.clock.now()
        allowed = limits.per_engaged * max(1, page.engaged(now))
        share = page.day.count(now, DAY) * 100 // allowed if allowed else 0
        return _usage(page.id, min(share, 100))


@lru_cache(maxsize=200)
def _usage(page_id: str, share: int) -> dict[str, str]:
    """The two headers; every answer carries them."""
    idle = {"call_count": share, "total_cputime": 0, "total_time": 0}
    about = {"type": "messenger", "call_count": share, "total_cputime": 0, "total_time": 0}
    about["estimated_time_to_regain_access"] = 60 if share >= 100 else 0
    return {
        "x-app-usage": json.dumps(idle),
        "x-business-use-case-usage": json.dumps({page_id: [about]}),
    }
