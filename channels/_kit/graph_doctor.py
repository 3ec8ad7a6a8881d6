"""What `tellal doctor` asks Graph for either of Meta's channels. Never prints a token."""

from __future__ import annotations

from collections.abc import Iterable

import aiohttp
from pydantic import SecretStr

from broadcast.ports import Check
from channels._kit.graph import Graph, Json, Refusal
from channels._kit.graph_config import GraphConfig


async def ask(graph: Graph, client: aiohttp.ClientSession, path: str, **query: str) -> Json | Check:
    """The answer, or the line that says why there is none."""
    try:
        return await graph.call(client, "GET", path, query=query)
    except Refusal as refusal:
        if refusal.fault.code in {0, 190}:
            mend = "Make a new token (system user, never expiring) and set ACCESS_TOKEN."
            return Check("token", False, str(refusal), mend)
        return Check(
            path.rsplit("/", maxsplit=1)[-1], False, str(refusal), "Check the ids and permissions."
        )
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return Check("graph api", False, type(error).__name__, "Check API_URL and the network.")


async def scopes(
    graph: Graph, client: aiohttp.ClientSession, token: str, needed: Iterable[str]
) -> Check:
    found = await ask(graph, client, "debug_token", input_token=token)
    if isinstance(found, Check):
        return found
    data = found.get("data") or {}
    missing = sorted(set(needed) - set(data.get("scopes") or []))
    if missing:
        mend = "Give the token these permissions in Meta's app dashboard."
        return Check("token", False, f"missing: {', '.join(missing)}", mend)
    expires = data.get("expires_at") or 0
    if expires:
        mend = "It will end; a system user's token need not."
        return Check("token", True, "valid, but it expires", mend)
    return Check("token", True, "valid, with every permission needed")


async def subscribed(
    graph: Graph, client: aiohttp.ClientSession, object_id: str, callback_url: str
) -> Check:
    """Whether Meta sends this object's news to the app."""
    found = await ask(graph, client, f"{object_id}/subscribed_apps")
    if isinstance(found, Check):
        return found
    if found.get("data"):
        return Check("webhooks", True, "the app is subscribed")
    mend = f"In the app dashboard set the callback URL {callback_url} and subscribe the fields."
    return Check("webhooks", False, "no app is subscribed", mend)


def secrets(config: GraphConfig, section: str) -> list[Check]:
    """What callbacks are believed by."""
    return [
        _secret(
            config.app_secret, "app secret",
            f"Set TELLAL_{section}__APP_SECRET: without it no callback is believed.",
        ),
        _secret(
            config.verify_token, "verify token",
            f"Set TELLAL_{section}__VERIFY_TOKEN to any word, the same as in Meta's dashboard.",
        ),
    ]  # fmt: skip


def _secret(given: SecretStr, name: str, mend: str) -> Check:
    if given.get_secret_value():
        return Check(name, True, "set")
    return Check(name, False, "not set", mend)
