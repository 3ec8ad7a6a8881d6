"""`tellal doctor`: look at everything, say what is wrong and how to mend it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict, replace
from typing import Any
from urllib.request import getproxies_environment

from bot.doctor_database import database
from bot.settings import DEFAULT, Account, Settings, SettingsError, load
from broadcast.channel_spec import ChannelSpec, Check
from broadcast.language import N_, terminal
from broadcast.proxy import BadEnvironment
from broadcast.proxy import check as check_environment

WAIT_SECONDS = 15.0
# The names of what is looked at, for people; machines get them as they are.
_NAMES = (
    N_("settings"), N_("environment"), N_("proxy"), N_("database"), N_("database's home"),
    N_("database writable"), N_("files"), N_("disk"), N_("channels"), N_("console"), N_("metrics"),
    N_("heartbeat"), N_("updates"), N_("refusals"), N_("telegram token"), N_("telegram bot"),
    N_("telegram updates"), N_("telegram methods"), N_("slack token"), N_("slack scopes"),
    N_("slack socket"), N_("slack channel"), N_("slack events"),
)  # fmt: skip


async def examine(*, as_json: bool = False) -> int:
    """Print what was found. Returns 0 when all is well, 1 when something is not."""
    checks = await look()
    well = all(check.ok for check in checks)
    if as_json:
        print(json.dumps({"ok": well, "checks": [asdict(c) for c in checks]}))  # noqa: T201
    else:
        _show(checks)
    return 0 if well else 1


async def look() -> list[Check]:
    """Everything at once: what is wrong with one thing hides no other."""
    say = terminal().plain
    try:
        settings: Settings | None = load()
        found = [Check("settings", True, say("every name and value is understood"))]
    except SettingsError as wrong:
        settings = wrong.rest
        mend = say("Correct or remove it; the names are in README.md.")
        found = [Check("settings", False, line, mend) for line in wrong.all]
    proxy = _proxy()
    found += [proxy] if proxy is not None else []
    if settings is None:
        return found
    found += await database(settings.database_url)
    if proxy is None or proxy.ok:  # else nothing could be asked
        found += await _channels(settings)
        found += await _slack(settings)
        found += await _public_url(settings)
    return [*found, _numbers(settings), _heartbeat(settings)]


def _heartbeat(settings: Settings) -> Check:
    """It is not tried: whoever watches would take it for a sign of life."""
    say, wished = terminal().plain, settings.heartbeat
    if not wished.url.get_secret_value():
        mend = say("Set TELLAL_HEARTBEAT__URL to an address that is called as long as all is well.")
        return Check("heartbeat", True, say("nobody is told when Tellal stops"), mend)
    return Check("heartbeat", True, say("sent every {n} seconds", n=f"{wished.seconds:g}"))


def _numbers(settings: Settings) -> Check:
    """Numbers of what we do are not for the world."""
    from bot import metrics

    http = settings.http
    if metrics.open_to_all(http):
        found = terminal().plain(
            "/metrics on {metrics_host}:{metrics_port} answers everybody who reaches it",
            metrics_host=http.metrics_host,
            metrics_port=http.metrics_port,
        )
        mend = terminal().plain(
            "Set TELLAL_HTTP__METRICS_TOKEN, or TELLAL_HTTP__METRICS_HOST to 127.0.0.1."
        )
        return Check("metrics", False, found, mend)
    return Check(
        "metrics", True, terminal().plain("nobody on another machine sees them without a token")
    )


def _proxy() -> Check | None:
    """What the environment says of it; None where it says nothing."""
    try:
        check_environment()
    except BadEnvironment as wrong:
        return Check("environment", False, str(wrong), terminal().plain("Correct it, or unset it."))
    if not any(getproxies_environment().get(kind) for kind in ("http", "https", "all")):
        return None
    return Check(
        "proxy", True, terminal().plain("requests go through the proxy set in the environment")
    )


async def _channels(settings: Settings) -> list[Check]:
    accounts = settings.accounts()
    if not accounts:
        mend = terminal().plain("Set TELLAL_TELEGRAM__TOKEN to the token @BotFather gave you.")
        return [Check("channels", False, terminal().plain("no channel is set up"), mend)]
    checks: list[Check] = []
    for account in accounts:
        found = await _account(account, settings.http.public_url)
        plain = account.name == DEFAULT
        checks += found if plain else [replace(c, name=f"{account.name}: {c.name}") for c in found]
    return checks


async def _account(account: Account, public_url: str) -> list[Check]:
    import channels

    try:
        spec = channels.load(account.channel)
    except (ImportError, AttributeError) as wrong:
        return [
            Check(account.channel, False, str(wrong), terminal().plain("Run: pip install -e ."))
        ]
    checks = await _diagnose(spec, account.config, public_url)
    own = getattr(account.config, "admin_token", None)
    if own is not None and own.get_secret_value():
        console = account.config.model_copy(update={"token": own})
        found = await _diagnose(spec, console, public_url)
        checks += [replace(check, name=f"console: {check.name}") for check in found]
    return checks


async def _diagnose(spec: ChannelSpec, config: Any, public_url: str) -> list[Check]:
    if spec.diagnose is None:
        return [Check(spec.name, True, terminal().plain("set up"))]
    try:
        return await asyncio.wait_for(spec.diagnose(config, public_url), WAIT_SECONDS)
    except TimeoutError:
        return [
            Check(
                spec.name,
                False,
                terminal().plain("no answer in time"),
                terminal().plain("Check the network and API_URL."),
            )
        ]
    except Exception as wrong:  # a diagnosis that breaks must not hide the others
        return [
            Check(
                spec.name,
                False,
                f"{type(wrong).__name__}: {wrong}",
                terminal().plain("Report this."),
            )
        ]


async def _slack(settings: Settings) -> list[Check]:
    """The team's console there, when it is set up."""
    if not settings.slack.configured:
        return []
    from bot.frontends.slack import doctor

    try:
        looking = doctor.diagnose(settings.slack, settings.http.public_url)
        return await asyncio.wait_for(looking, WAIT_SECONDS)
    except TimeoutError:
        return [
            Check(
                "slack",
                False,
                terminal().plain("no answer in time"),
                terminal().plain("Check the network and API_URL."),
            )
        ]


async def _public_url(settings: Settings) -> list[Check]:
    """Only what is used is asked for: webhooks need an address the platform can reach."""
    url = settings.http.public_url
    needed = any(getattr(account.config, "webhook", True) for account in settings.accounts())
    name = "TELLAL_HTTP__PUBLIC_URL"
    if not url:
        mend = terminal().plain(
            "Set it to the https:// address that reaches us (Telegram: or turn WEBHOOK off)."
        )
        return (
            [Check(name, False, terminal().plain("not set, but webhooks need it"), mend)]
            if needed
            else []
        )
    if needed and not url.startswith("https://"):
        return [
            Check(
                name,
                False,
                terminal().plain("{url} is not https", url=url),
                terminal().plain("Webhooks need https."),
            )
        ]
    import aiohttp

    limit = aiohttp.ClientTimeout(total=WAIT_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=limit) as client,
            client.get(f"{url}/healthz") as r,
        ):
            ok, found = (
                r.status == 200,
                terminal().plain("{url}/healthz answers {status}", url=url, status=r.status),
            )
    except (aiohttp.ClientError, TimeoutError, OSError) as wrong:
        ok, found = (
            False,
            terminal().plain(
                "{url} cannot be reached: {what}", url=url, what=wrong or type(wrong).__name__
            ),
        )
    mend = (
        ""
        if ok
        else terminal().plain(
            "Start `tellal run` and point your proxy at TELLAL_HTTP__HOST and PORT."
        )
    )
    return [Check(name, ok, found, mend)]


def _show(checks: list[Check]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, header_style="bold")
    say = terminal().plain
    well, ill = say("ok"), say("wrong")
    for title in ("", say("what"), say("found"), say("how to fix it")):
        table.add_column(title, overflow="fold")
    for check in checks:
        mark = f"[green]{well}[/]" if check.ok else f"[red]{ill}[/]"
        name = ": ".join(map(terminal().template, check.name.split(": ")))
        table.add_row(mark, escape(name), escape(check.found), escape(check.mend))
    Console().print(table)
    wrong = sum(not check.ok for check in checks)
    if wrong:
        sums = terminal().say_n("{n} thing needs fixing.", "{n} things need fixing.", wrong)
        print(sums.text)  # noqa: T201
    else:
        print(say("All is well."))  # noqa: T201
