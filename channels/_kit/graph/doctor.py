"""What `tellal doctor` asks Graph for either of Meta's channels. Never prints a token."""

from __future__ import annotations

from collections.abc import Iterable

import aiohttp
from pydantic import SecretStr

from broadcast.channel_spec import Check
from broadcast.language import terminal
from broadcast.lenient_json import a_dict, a_list
from channels._kit.graph.api import Graph, Json, Refusal
from channels._kit.graph.config import GraphConfig

ENDS = frozenset({"token", "app secret", "graph api"})  # nothing else can be asked after these


async def ask(
    graph: Graph, client: aiohttp.ClientSession, what: str, path: str, **query: str
) -> Json | Check:
    """The answer, or the line that says why there is none."""
    try:
        return await graph.call(client, "GET", path, query=query)
    except Refusal as refusal:
        return _refused(refusal, what)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        return Check(
            "graph api",
            False,
            type(error).__name__,
            terminal().plain("Check API_URL and the network."),
        )


def _refused(refusal: Refusal, what: str) -> Check:
    words, code = str(refusal), refusal.fault.code
    if code < 0:
        mend = terminal().plain(
            "This is not Meta's own answer. Check API_URL: is something between it and us?"
        )
        return Check(what, False, words, mend)
    if code in {0, 190}:
        mend = terminal().plain(
            "Make a new token (system user, never expiring) and set ACCESS_TOKEN."
        )
        return Check("token", False, words, mend)
    if "appsecret_proof" in words:
        mend = terminal().plain("APP_SECRET is not this app's: copy it from App settings, Basic.")
        return Check("app secret", False, words, mend)
    if code == 10 or 200 <= code < 300:
        return Check(
            what,
            False,
            words,
            terminal().plain(
                "Give the token this permission, and give its user access to this object."
            ),
        )
    return Check(
        what, False, words, terminal().plain("Check the id, and that the token's user may see it.")
    )


async def scopes(
    graph: Graph, client: aiohttp.ClientSession, token: str, needed: Iterable[str]
) -> Check:
    found = await ask(graph, client, "token", "debug_token", input_token=token)
    if isinstance(found, Check):
        return found
    data = a_dict(found.get("data"))
    given = {scope for scope in a_list(data.get("scopes")) if isinstance(scope, str)}
    if not isinstance(data.get("scopes"), list):
        mend = terminal().plain(
            "Meta does not say what the token may do; the first send will show it."
        )
        return Check("token", True, terminal().plain("valid, permissions unknown"), mend)
    missing = sorted(set(needed) - given)
    if missing:
        mend = terminal().plain("Give the token these permissions in Meta's app dashboard.")
        return Check(
            "token", False, terminal().plain("missing: {what}", what=", ".join(missing)), mend
        )
    if data.get("expires_at"):
        mend = terminal().plain("This token expires; a system user's token can last.")
        return Check("token", True, terminal().plain("valid, but it expires"), mend)
    return Check("token", True, terminal().plain("valid, with every permission needed"))


async def subscribed(
    graph: Graph, client: aiohttp.ClientSession, object_id: str, callback_url: str,
    fields: Iterable[str] = (),
) -> Check:  # fmt: skip
    """Whether Meta sends this object's news, all these `fields` of it, to the app."""
    found = await ask(graph, client, "webhooks", f"{object_id}/subscribed_apps")
    if isinstance(found, Check):
        return found
    if apps := [app for app in a_list(found.get("data")) if isinstance(app, dict)]:
        named = (a_list(app.get("subscribed_fields")) for app in apps)
        there = {field for fields in named for field in fields if isinstance(field, str)}
        if missing := sorted(set(fields) - there):
            mend = terminal().plain(
                "In the app dashboard, Webhooks, subscribe the page to these fields too."
            )
            return Check(
                "webhooks",
                False,
                terminal().plain("not subscribed: {what}", what=", ".join(missing)),
                mend,
            )
        return Check("webhooks", True, terminal().plain("the app is subscribed"))
    mend = terminal().plain(
        "In the app dashboard set the callback URL {callback_url} and subscribe the fields.",
        callback_url=callback_url,
    )
    return Check("webhooks", False, terminal().plain("no app is subscribed"), mend)


def secrets(config: GraphConfig, section: str) -> list[Check]:
    """What callbacks are believed by."""
    return [
        _secret(
            config.app_secret, "app secret",
            terminal().plain("Set TELLAL_{section}__APP_SECRET: without it no callback is "
                             "accepted.", section=section),
        ),
        _secret(
            config.verify_token, "verify token",
            terminal().plain("Set TELLAL_{section}__VERIFY_TOKEN to any word, the same as in Meta's dashboard.", section=section),
        ),
    ]  # fmt: skip


def _secret(given: SecretStr, name: str, mend: str) -> Check:
    if given.get_secret_value():
        return Check(name, True, terminal().plain("set"))
    return Check(name, False, terminal().plain("not set"), mend)
