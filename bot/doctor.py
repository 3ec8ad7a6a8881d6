"""`tellal doctor`: look at everything, say what is wrong and how to mend it."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import shutil
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any
from urllib.request import getproxies_environment

from bot.settings import DEFAULT, ENV_FILE, TOML_FILE, Account, Settings, SettingsError, load
from broadcast.outgoing import BadEnvironment
from broadcast.outgoing import check as check_environment
from broadcast.ports import ChannelSpec, Check

LEAST_FREE_MB = 500
WAIT_SECONDS = 15.0
_SHOWN = 5  # paths named in one line


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
    try:
        settings = load()
    except SettingsError as wrong:
        mend = "Correct or remove it; the names are in README.md."
        return [Check("settings", False, str(wrong), mend)]
    known = Check("settings", True, "every name and value is understood")
    if (proxy := _proxy()) is not None and not proxy.ok:
        return [known, proxy]  # nothing could be asked
    return [
        known,
        *([proxy] if proxy is not None else []),
        *await _database(settings.database_url),
        *await _channels(settings),
        *await _slack(settings),
        *await _public_url(settings),
        _numbers(settings),
    ]


def _numbers(settings: Settings) -> Check:
    """Numbers of what we do are not for the world."""
    from bot import metrics

    http = settings.http
    if metrics.open_to_all(http):
        found = (
            f"/metrics on {http.metrics_host}:{http.metrics_port} answers everybody who reaches it"
        )
        mend = "Set TELLAL_HTTP__METRICS_TOKEN, or TELLAL_HTTP__METRICS_HOST to 127.0.0.1."
        return Check("metrics", False, found, mend)
    return Check("metrics", True, "nobody on another machine sees them without a token")


def _proxy() -> Check | None:
    """What the environment says of it; None where it says nothing."""
    try:
        check_environment()
    except BadEnvironment as wrong:
        return Check("environment", False, str(wrong), "Correct it, or unset it.")
    if not any(getproxies_environment().get(kind) for kind in ("http", "https", "all")):
        return None
    return Check("proxy", True, "requests go through the proxy that the environment names")


async def _database(url: str) -> list[Check]:
    """Reachable, migrated, writable, with room to grow."""
    from bot.bootstrap import media_folder

    file = Path(url.partition(":///")[2])
    if not os.path.exists(file):  # noqa: ASYNC240 - one look, nobody waits
        mend = "Run: tellal db upgrade"
        if not os.access(file.parent, os.W_OK):
            mend = f"Create the folder {file.parent}, writable for this user."
        return [Check("database", False, f"{file} does not exist yet", mend)]
    checks = [await _migrated(url), _room(file)]
    if checks[0].ok:
        checks += [await _own(url), await _unheard(url), await _aside(url)]
    checks.append(_private(file, media_folder(url)))
    if not (os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)):
        who = f"chown or chmod {file} and its folder, so that this user may write."
        checks.append(Check("database writable", False, f"{file} is read-only", who))
    return checks


async def _migrated(url: str) -> Check:
    from sqlalchemy.exc import SQLAlchemyError

    from broadcast.store.upgrade import versions

    try:
        found, newest = await versions(url)
    except (SQLAlchemyError, OSError) as wrong:
        why = str(getattr(wrong, "orig", wrong))
        return Check("database", False, why, "Check TELLAL_DATABASE_URL; restore from a backup.")
    if found == newest:
        return Check("database", True, f"reachable, tables at {found}")
    return Check("database", False, f"tables at {found or 'none'}, newest {newest}",
                 "Run: tellal db upgrade")  # fmt: skip


async def _own(url: str) -> Check:
    """A copied or restored database sends nothing until somebody says so."""
    from broadcast.store import lease
    from broadcast.store.instance import Copied
    from broadcast.store.session import Store

    store = Store(url)
    try:
        await lease.check_own(store)
    except Copied:
        mend = "If it is the one to use, and the other is stopped: tellal db adopt"
        return Check("database's home", False, "it was copied or restored from a backup", mend)
    finally:
        await store.close()
    return Check("database's home", True, "it belongs to this installation")


async def _aside(url: str) -> Check:
    """What came and could not be handled, of the last days."""
    from sqlmodel import func, select

    from broadcast.models import SetAside
    from broadcast.store.session import Store

    store = Store(url)
    try:
        async with store.read() as session:
            found = await session.execute(select(func.count(), func.max(SetAside.at)))
            count, latest = found.one()
    finally:
        await store.close()
    if not count:
        return Check("updates", True, "everything that came could be handled")
    mend = "Look at them: tellal export set-aside. They are deleted after 30 days."
    return Check(
        "updates", False, f"{count} could not be handled, the last at {latest:%F %R} UTC", mend
    )


async def _unheard(url: str) -> Check:
    """Nobody's refusal may wait unseen."""
    from broadcast.services import unheard
    from broadcast.store.session import Store

    store = Store(url)
    try:
        async with store.read() as session:
            rows = await unheard.waiting(session)
    finally:
        await store.close()
    if not rows:
        return Check("refusals", True, "everybody who asked to leave was heard")
    sources = ", ".join(sorted({row.source for row in rows}))
    since = min(row.received_at for row in rows)
    found = (
        f"{len(rows)} could not be carried out ({sources}), the first of {since:%Y-%m-%d %H:%M} UTC"
    )
    mend = (
        "Nothing is sent to these people meanwhile. Report this with the log (update_failed), update "
        "Tellal and start it again: it tries them anew. Who asks you in person: tellal import."
    )
    return Check("refusals", False, found, mend)


def _private(database: Path, media: Path) -> Check:
    """Nobody else on this machine reads what holds people, or our tokens."""
    from broadcast.store import private

    folder = database.absolute().parent
    rejected = [*folder.glob("*.rejected.csv"), *folder.glob("*.rejected-*.csv")]
    here = Path.cwd()
    tokens = (
        [here / name for name in (ENV_FILE, TOML_FILE)] if private.open_to_others([here]) else []
    )
    open_ones = private.open_to_others([folder, *private.files_of(database), *rejected, *tokens])
    media_open = private.open_to_others(private.media_files(media))
    found = open_ones + media_open
    if not found:
        return Check("files", True, "only this user can read them")
    seen = ", ".join(f"{one.path} ({one.mode:o})" for one in found[:_SHOWN])
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    commands = [
        f"chmod {right:o} {' '.join(shlex.quote(str(path)) for path in paths)}"
        for right in (private.FOLDER, private.FILE)
        if (paths := [one.path for one in open_ones if one.right == right])
    ]
    if media_open:
        commands.append(f"chmod -R go= {shlex.quote(str(media))}")
    return Check("files", False, f"others can read {seen}{more}", f"Run: {' && '.join(commands)}")


def _room(file: Path) -> Check:
    free = shutil.disk_usage(file.parent).free // 2**20
    ok = free >= LEAST_FREE_MB
    return Check("disk", ok, f"{free} MB free", "" if ok else "Free some space on this disk.")


async def _channels(settings: Settings) -> list[Check]:
    accounts = settings.accounts()
    if not accounts:
        mend = "Set TELLAL_TELEGRAM__TOKEN to the token @BotFather gave you."
        return [Check("channels", False, "no channel is set up", mend)]
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
        return [Check(account.channel, False, str(wrong), "Run: pip install -e .")]
    checks = await _diagnose(spec, account.config, public_url)
    own = getattr(account.config, "admin_token", None)
    if own is not None and own.get_secret_value():
        console = account.config.model_copy(update={"token": own})
        found = await _diagnose(spec, console, public_url)
        checks += [replace(check, name=f"console: {check.name}") for check in found]
    return checks


async def _diagnose(spec: ChannelSpec, config: Any, public_url: str) -> list[Check]:
    if spec.diagnose is None:
        return [Check(spec.name, True, "set up")]
    try:
        return await asyncio.wait_for(spec.diagnose(config, public_url), WAIT_SECONDS)
    except TimeoutError:
        return [Check(spec.name, False, "no answer in time", "Check the network and API_URL.")]
    except Exception as wrong:  # a diagnosis that breaks must not hide the others
        return [Check(spec.name, False, f"{type(wrong).__name__}: {wrong}", "Report this.")]


async def _slack(settings: Settings) -> list[Check]:
    """The team's console there, when it is set up."""
    if not settings.slack.configured:
        return []
    from bot.frontends import slack_doctor

    try:
        looking = slack_doctor.diagnose(settings.slack, settings.http.public_url)
        return await asyncio.wait_for(looking, WAIT_SECONDS)
    except TimeoutError:
        return [Check("slack", False, "no answer in time", "Check the network and API_URL.")]


async def _public_url(settings: Settings) -> list[Check]:
    """Only what is used is asked for: webhooks need an address the platform can reach."""
    url = settings.http.public_url
    needed = any(getattr(account.config, "webhook", True) for account in settings.accounts())
    name = "TELLAL_HTTP__PUBLIC_URL"
    if not url:
        mend = "Set it to the https:// address that reaches us (Telegram: or turn WEBHOOK off)."
        return [Check(name, False, "not set, but webhooks need it", mend)] if needed else []
    if needed and not url.startswith("https://"):
        return [Check(name, False, f"{url} is not https", "Webhooks need https.")]
    import aiohttp

    limit = aiohttp.ClientTimeout(total=WAIT_SECONDS)
    try:
        async with (
            aiohttp.ClientSession(timeout=limit) as client,
            client.get(f"{url}/healthz") as r,
        ):
            ok, found = r.status == 200, f"{url}/healthz answers {r.status}"
    except (aiohttp.ClientError, TimeoutError, OSError) as wrong:
        ok, found = False, f"{url} cannot be reached: {wrong or type(wrong).__name__}"
    mend = "" if ok else "Start `tellal run` and point your proxy at TELLAL_HTTP__HOST and PORT."
    return [Check(name, ok, found, mend)]


def _show(checks: list[Check]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, header_style="bold")
    for title in ("", "what", "found", "how to mend"):
        table.add_column(title, overflow="fold")
    for check in checks:
        mark = "[green]ok[/]" if check.ok else "[red]wrong[/]"
        table.add_row(mark, escape(check.name), escape(check.found), escape(check.mend))
    Console().print(table)
