"""What an account does besides sending: numbers, templates, media, subscriptions, uploads."""

from __future__ import annotations

import base64
import secrets
from typing import Any

from channels._kit.graph.simulator.errors import GraphError, invalid, unknown_object
from channels._kit.graph.simulator.host import Call
from channels._kit.graph.simulator.template import Template
from channels.whatsapp.simulator.account import Number
from channels.whatsapp.simulator.platform import Platform

Json = dict[str, Any]
_NUMBER_FIELDS = ("id", "verified_name", "display_phone_number", "quality_rating")


class Management:
    """The calls of an account's owner."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._uploads: dict[str, Json] = {}

    # Numbers

    def number(self, call: Call, number: Number) -> Json:
        """GET /<phone number>."""
        return _chosen(self._about(number), call, _NUMBER_FIELDS)

    def list_numbers(self, call: Call) -> Json:
        """GET /<account>/phone_numbers."""
        found = [self._about(n) for n in self._platform.numbers.values()]
        return _page([_chosen(about, call, _NUMBER_FIELDS) for about in found], call)

    def _about(self, number: Number) -> Json:
        return {
            "id": number.id,
            "verified_name": number.verified_name,
            "display_phone_number": "+" + number.phone,
            "quality_rating": number.quality,
            "name_status": number.name_status,
            "code_verification_status": "VERIFIED",
            "status": number.status,
            "platform_type": "CLOUD_API",
            "account_mode": "LIVE",
            "throughput": {"level": number.throughput},
            "whatsapp_business_manager_messaging_limit": self._platform.budget.tier,
        }

    # The account

    def account(self, call: Call) -> Json:
        """GET /<account>."""
        account = self._platform.account
        about = {
            "id": account.id,
            "name": account.name,
            "timezone_id": "1",
            "message_template_namespace": account.namespace,
            "account_review_status": account.status,
            "business_verification_status": "verified",
            "status": "ACTIVE" if account.status == "APPROVED" else "RESTRICTED",
            "currency": "USD",
            "marketing_messages_onboarding_status": (
                "ONBOARDED" if account.marketing_signed else "ELIGIBLE"
            ),
            "disable_marketing_messages_on_cloud_api": account.marketing_only_there,
            "whatsapp_business_manager_messaging_limit": self._platform.budget.tier,
        }
        return _chosen(about, call, ("id", "name", "timezone_id", "message_template_namespace"))

    def subscriptions(self, call: Call) -> Json:
        """GET /<account>/subscribed_apps."""
        if not self._platform.account.subscribed:
            return {"data": []}
        app = self._platform.app.id
        about = {"id": app, "name": "Tellal sandbox", "link": f"https://www.facebook.com/{app}"}
        return {"data": [{"whatsapp_business_api_data": about}]}

    def subscribe(self, call: Call) -> Json:
        """POST /<account>/subscribed_apps."""
        self._platform.account.subscribed = True
        return {"success": True}

    def unsubscribe(self, call: Call) -> Json:
        """DELETE /<account>/subscribed_apps."""
        self._platform.account.subscribed = False
        return {"success": True}

    # The app's webhook

    def callback(self) -> Json:
        """GET /<app>/subscriptions."""
        return self._platform.webhook.subscriptions("whatsapp_business_account", FIELDS)

    async def set_callback(self, call: Call) -> Json:
        """POST /<app>/subscriptions."""
        if call.field("object") != "whatsapp_business_account":
            raise invalid("Param object must be whatsapp_business_account.")
        fields = call.field("fields")
        if isinstance(fields, str):
            fields = [name.strip() for name in fields.split(",") if name.strip()]
        if not fields or set(fields) - FIELDS:
            raise invalid(f"Param fields must be some of {sorted(FIELDS)}.")
        try:
            await self._platform.webhook.set(
                str(call.field("callback_url") or ""), str(call.field("verify_token") or ""), fields
            )
        except ValueError as wrong:
            raise GraphError(2200, f"(#2200) Callback verification failed: {wrong}") from None
        return {"success": True}

    # Templates

    def create_template(self, call: Call) -> Json:
        """POST /<account>/message_templates."""
        catalog, limit = self._platform.catalog, self._platform.limits.templates
        if limit and len(catalog) >= limit:
            raise invalid(f"The account has {limit} templates, no more are allowed.", 100, 2388019)
        for component in call.field("components") or []:
            self._check_handle(component)
        template = catalog.create(call.fields)
        return {"id": template.id, "status": template.status, "category": template.category}

    def _check_handle(self, component: Any) -> None:
        example = component.get("example") if isinstance(component, dict) else None
        for handle in (example or {}).get("header_handle") or []:
            if handle not in self._platform.handles:
                raise invalid("The header_handle is not from a resumable upload.", 100, 2494102)

    def list_templates(self, call: Call) -> Json:
        """GET /<account>/message_templates."""
        found = [template.describe() for template in self._platform.catalog.all()]
        for name in ("name", "status", "category", "language"):
            wanted = call.field(name)
            if wanted:
                found = [about for about in found if about[name] == wanted]
        usual = ("name", "parameter_format", "components", "language", "status", "category", "id")
        return _page([_chosen(about, call, usual) for about in found], call)

    def template(self, call: Call, template: Template) -> Json:
        """GET or POST /<template>."""
        if call.method == "GET":
            return _chosen(template.describe(), call, tuple(template.describe()))
        self._platform.catalog.edit(template, call.fields)
        return {"success": True}

    def delete_template(self, call: Call) -> Json:
        """DELETE /<account>/message_templates?name=…&hsm_id=…"""
        name = str(call.field("name") or "")
        if not name:
            raise invalid("Param name is mandatory.")
        self._platform.catalog.delete(name, str(call.field("hsm_id") or ""))
        return {"success": True}

    # Files

    def upload(self, call: Call, number: Number) -> Json:
        """POST /<phone number>/media."""
        if call.field("messaging_product") != "whatsapp":
            raise invalid("Param messaging_product must be one of {WHATSAPP}.")
        file = call.files.get("file")
        if file is None:
            raise invalid("Param file must be a file.")
        mime = str(call.field("type") or "")
        mime = mime if "/" in mime else file.mime
        media = self._platform.shelf.upload(number.id, file.name, mime, file.content)
        return {"id": media.id}

    def open_upload(self, call: Call) -> Json:
        """POST /<app>/uploads: a resumable upload begins."""
        length = str(call.field("file_length") or "")
        if not length.isdigit() or not call.field("file_type"):
            raise invalid("Params file_length and file_type are mandatory.")
        upload_id = "upload:" + secrets.token_urlsafe(18)
        self._uploads[upload_id] = {"length": int(length), "got": b""}
        return {"id": upload_id}

    def continue_upload(self, call: Call) -> Json:
        """POST /upload:…: its bytes; the handle that names the file in examples."""
        upload = self._uploads.get(call.node)
        if upload is None:
            raise unknown_object(call.node, call.method)
        offset = call.request.headers.get("file_offset", "0")
        if not offset.isdigit() or int(offset) != len(upload["got"]):
            raise invalid(f"file_offset must be {len(upload['got'])}.")
        upload["got"] += call.body
        if len(upload["got"]) < upload["length"]:
            return {"id": call.node}
        handle = "4::" + base64.b64encode(secrets.token_bytes(24)).decode()
        self._platform.handles[handle] = upload["got"]
        return {"h": handle}


FIELDS = frozenset(
    {
        "account_alerts", "account_review_update", "account_update", "business_capability_update",
        "message_template_components_update", "message_template_quality_update",
        "message_template_status_update", "messages", "phone_number_name_update",
        "phone_number_quality_update", "security", "template_category_update", "user_preferences",
    }
)  # fmt: skip


def _chosen(about: Json, call: Call, usual: tuple[str, ...]) -> Json:
    """The fields asked for, else the usual ones; the id always."""
    wanted = call.field("fields")
    names = [n.strip() for n in str(wanted).split(",")] if wanted else list(usual)
    for name in names:
        if name not in about:
            words = f"(#100) Tried accessing nonexisting field ({name})"
            raise GraphError(100, words)
    return {name: about[name] for name in dict.fromkeys([*names, "id"])}


def _page(found: list[Json], call: Call) -> Json:
    """A page of a list with cursors."""
    after = str(call.field("after") or "")
    try:
        limit = int(call.field("limit") or 25)
        start = int(base64.urlsafe_b64decode(after + "==")) if after else 0
    except ValueError:
        raise invalid("Params limit and after must be a number and a cursor.") from None
    data = found[start : start + limit]
    answer: Json = {"data": data}
    if data:
        cursors = {"before": _cursor(start), "after": _cursor(start + len(data))}
        answer["paging"] = {"cursors": cursors}
        if start + limit < len(found):
            answer["paging"]["next"] = f"{call.request.url.update_query(after=cursors['after'])}"
    return answer


def _cursor(place: int) -> str:
    return base64.urlsafe_b64encode(str(place).encode()).decode().rstrip("=")
