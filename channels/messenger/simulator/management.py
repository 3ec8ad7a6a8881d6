"""What a page does besides sending: its profile, attachments, templates, subscriptions."""

from __future__ import annotations

from typing import Any

from channels._kit.graph.simulator.errors import GraphError
from channels._kit.graph.simulator.host import Call
from channels.messenger.simulator.errors import refusal
from channels.messenger.simulator.page import FIELDS
from channels.messenger.simulator.platform import Platform
from channels.messenger.simulator.shapes import check

Json = dict[str, Any]
_PROFILE = ("get_started", "persistent_menu", "greeting", "ice_breakers", "whitelisted_domains")


class Management:
    """The calls of a page's owner."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def page(self, call: Call) -> Json:
        """GET /<page>."""
        page = self._platform.page
        about = {
            "id": page.id,
            "name": page.name,
            "username": page.username,
            "category": "Local business",
            "link": f"https://www.facebook.com/{page.id}",
        }
        return _chosen(about, call, ("name", "id"))

    def person(self, call: Call, index: int) -> Json:
        """GET /<PSID>: the profile of somebody who wrote to the page."""
        person = self._platform.world.people.at(index)
        about = {
            "first_name": person.first_name,
            "last_name": person.last_name,
            "name": f"{person.first_name} {person.last_name}".strip(),
            "profile_pic": f"https://platform-lookaside.fbsbx.com/{call.node}",
            "id": call.node,
        }
        return _chosen(about, call, ("first_name", "last_name", "profile_pic", "id"))

    async def upload(self, call: Call) -> Json:
        """POST /<page>/message_attachments."""
        message = call.field("message")
        check("Message", message)
        if "attachment" not in message:
            raise refusal(100, words="Param message['attachment'] is mandatory.")
        attachment = message["attachment"]
        check("File", attachment["payload"])
        file = await self._platform.attachments.take(attachment, call.files)
        return {"attachment_id": file.id}

    # The profile

    def profile(self, call: Call) -> Json:
        """GET /<page>/messenger_profile?fields=…"""
        names = [n.strip() for n in str(call.field("fields") or ",".join(_PROFILE)).split(",")]
        found = {
            n: self._platform.page.profile[n] for n in names if n in self._platform.page.profile
        }
        return {"data": [found] if found else []}

    def set_profile(self, call: Call) -> Json:
        """POST /<page>/messenger_profile."""
        check("Profile", call.fields)
        profile = self._platform.page.profile | call.fields
        if "persistent_menu" in profile and "get_started" not in profile:
            words = "You must set a Get Started button if you want to use a persistent menu."
            raise refusal(100, 2018145, words)
        if "persistent_menu" in call.fields and not any(
            menu["locale"] == "default" for menu in call.fields["persistent_menu"]
        ):
            raise refusal(100, words="The persistent menu needs a default locale.")
        self._platform.page.profile = profile
        return {"result": "success"}

    def delete_profile(self, call: Call) -> Json:
        """DELETE /<page>/messenger_profile {"fields": […]}."""
        fields = call.field("fields")
        if not isinstance(fields, list) or set(fields) - set(_PROFILE):
            raise refusal(100, words=f"Param fields must be some of {list(_PROFILE)}.")
        profile = {k: v for k, v in self._platform.page.profile.items() if k not in fields}
        if "persistent_menu" in profile and "get_started" not in profile:
            words = "You must delete the persistent menu before the Get Started button."
            raise refusal(100, 2018145, words)
        self._platform.page.profile = profile
        return {"result": "success"}

    # Templates

    def create_template(self, call: Call) -> Json:
        """POST /<page>/message_templates: utility only."""
        if call.field("category") != "UTILITY":
            raise refusal(100, words="Param category must be UTILITY.")
        limit = self._platform.limits.templates
        if limit and len(self._platform.catalog) >= limit:
            raise refusal(100, words=f"The page has {limit} templates, no more are allowed.")
        template = self._platform.catalog.create(call.fields)
        return {"id": template.id, "status": template.status, "category": template.category}

    def list_templates(self, call: Call) -> Json:
        """GET /<page>/message_templates."""
        found = [template.describe() for template in self._platform.catalog.all()]
        for name in ("name", "status", "language"):
            wanted = call.field(name)
            if wanted:
                found = [about for about in found if about[name] == wanted]
        return {"data": found}

    def delete_template(self, call: Call) -> Json:
        """DELETE /<page>/message_templates?name=…"""
        self._platform.catalog.delete(str(call.field("name") or ""))
        return {"success": True}

    # Subscriptions

    def subscriptions(self, call: Call) -> Json:
        """GET /<page>/subscribed_apps."""
        fields = self._platform.page.subscribed
        if fields is None:
            return {"data": []}
        about = {"name": "Tellal sandbox", "id": self._platform.app.id}
        return {"data": [about | {"subscribed_fields": sorted(fields)}]}

    def subscribe(self, call: Call) -> Json:
        """POST /<page>/subscribed_apps?subscribed_fields=…"""
        fields = call.field("subscribed_fields")
        if isinstance(fields, str):
            fields = [name.strip() for name in fields.split(",")]
        if not fields or set(fields) - FIELDS:
            raise refusal(100, words=f"Param subscribed_fields must be some of {sorted(FIELDS)}.")
        self._platform.page.subscribed = set(fields)
        return {"success": True}

    def unsubscribe(self, call: Call) -> Json:
        """DELETE /<page>/subscribed_apps."""
        self._platform.page.subscribed = None
        return {"success": True}

    # The app's webhook

    def callback(self) -> Json:
        """GET /<app>/subscriptions."""
        return self._platform.webhook.subscriptions("page", FIELDS)


def _chosen(about: Json, call: Call, usual: tuple[str, ...]) -> Json:
    """The fields asked for, else the usual ones."""
    wanted = call.field("fields")
    names = [n.strip() for n in str(wanted).split(",")] if wanted else list(usual)
    for name in names:
        if name not in about:
            raise GraphError(100, f"(#100) Tried accessing nonexisting field ({name})")
    return {name: about[name] for name in dict.fromkeys([*names, "id"])}
