"""What `tellal doctor` looks at for WhatsApp, and how to mend it. Never prints a token."""

from __future__ import annotations

import aiohttp

from broadcast.channel_spec import Check
from broadcast.language import terminal
from broadcast.lenient_json import a_text
from channels._kit.graph import doctor
from channels._kit.graph.api import Graph
from channels._kit.http import session
from channels.whatsapp.config import Config

SCOPES = ("whatsapp_business_messaging", "whatsapp_business_management")
_FIELDS = "verified_name,display_phone_number,quality_rating,status,whatsapp_business_manager_messaging_limit"


async def diagnose(config: Config, public_url: str = "") -> list[Check]:
    """Token, number, callbacks, secrets."""
    token, secret = config.access_token.get_secret_value(), config.app_secret.get_secret_value()
    graph = Graph(config.api_url, config.api_version, token, secret)
    callback_url = f"{public_url or 'https://…'}/webhooks/whatsapp"
    async with session(graph.address) as client:
        number = await _number(graph, client, config)
        if not number.ok and number.name in doctor.ENDS:
            return [_named(number)]
        checks = [
            number,
            await doctor.scopes(graph, client, token, SCOPES),
            await doctor.subscribed(graph, client, config.business_account_id, callback_url),
        ]
    checks += doctor.secrets(config, "WHATSAPP")
    return [_named(check) for check in checks]


async def _number(graph: Graph, client: aiohttp.ClientSession, config: Config) -> Check:
    found = await doctor.ask(graph, client, "number", config.phone_number_id, fields=_FIELDS)
    if isinstance(found, Check):
        return found
    name, status = found.get("verified_name", "?"), (a_text(found.get("status")) or "CONNECTED")
    quality = a_text(found.get("quality_rating")) or "UNKNOWN"
    limit = found.get("whatsapp_business_manager_messaging_limit", "?")
    shown = terminal().plain(
        "{name}, {what}, quality {other}, limit {limit}",
        name=name,
        what=status.lower(),
        other=quality.lower(),
        limit=limit,
    )
    if status != "CONNECTED":
        return Check(
            "number", False, shown, terminal().plain("Register the number in WhatsApp Manager.")
        )
    if quality == "RED":
        mend = terminal().plain(
            "Send less, and only what people asked for, until the quality recovers."
        )
        return Check("number", False, shown, mend)
    return Check("number", True, shown)


def _named(check: Check) -> Check:
    return Check(f"whatsapp {check.name}", check.ok, check.found, check.mend)
