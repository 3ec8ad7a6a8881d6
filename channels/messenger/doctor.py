"""What `tellal doctor` looks at for Messenger, and how to mend it. Never prints a token."""

from __future__ import annotations

from broadcast.channel_spec import Check
from broadcast.lenient_json import a_text
from channels._kit.graph import doctor
from channels._kit.graph.api import Graph
from channels._kit.http import session
from channels.messenger.config import Config

FIELDS = (
    "messages", "messaging_postbacks", "messaging_referrals", "message_deliveries", "message_reads",
    "messaging_policy_enforcement",  # without it a blocked page goes on sending
    # without them a STOP said to a human, edited in, or pressed as Meta's own button is not heard
    "standby", "message_edits", "messaging_optins",
)  # fmt: skip
SCOPES = ("pages_messaging", "pages_manage_metadata", "pages_utility_messaging")


async def diagnose(config: Config, public_url: str = "") -> list[Check]:
    """Token, page, callbacks, secrets."""
    token, secret = config.access_token.get_secret_value(), config.app_secret.get_secret_value()
    graph = Graph(config.api_url, config.api_version, token, secret)
    callback_url = f"{public_url or 'https://…'}/webhooks/messenger"
    async with session(graph.address) as client:
        page = await doctor.ask(graph, client, "page", config.page_id, fields="name")
        if not isinstance(page, Check):
            page = Check("page", True, (a_text(page.get("name")) or "?"))
        if page.name in doctor.ENDS:
            return [_named(page)]
        checks = [
            page,
            await doctor.scopes(graph, client, token, SCOPES),
            await doctor.subscribed(graph, client, config.page_id, callback_url, FIELDS),
        ]
    checks += doctor.secrets(config, "MESSENGER")
    return [_named(check) for check in checks]


def _named(check: Check) -> Check:
    return Check(f"messenger {check.name}", check.ok, check.found, check.mend)
