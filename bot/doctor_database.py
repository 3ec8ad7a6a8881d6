"""What `tellal doctor` looks at in the database, its folder and its disk."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from bot.settings import ENV_FILE, TOML_FILE
from bot.terminal import of_system
from broadcast.channel_spec import Check
from broadcast.language import terminal
from broadcast.store.storage_errors import in_words

LEAST_FREE_MB = 500
_SHOWN = 5  # paths named in one line


async def database(url: str) -> list[Check]:
    """Reachable, migrated, writable, with room to grow."""
    from bot.bootstrap import media_folder

    file = Path(url.partition(":///")[2])
    if not os.path.exists(file):  # noqa: ASYNC240 - one look, nobody waits
        mend = terminal().plain("Run: tellal db upgrade")
        if not os.access(file.parent, os.W_OK):
            mend = terminal().plain(
                "Create the folder {parent}, writable for this user.", parent=file.parent
            )
        return [
            Check("database", False, terminal().plain("{file} does not exist yet", file=file), mend)
        ]
    checks = [await _migrated(url), _room(file)]
    if checks[0].ok:
        checks += [await _safely(look, url) for look in (_own, _brake, _unheard, _aside)]
    checks.append(_private(file, media_folder(url)))
    if not (os.access(file, os.W_OK) and os.access(file.parent, os.W_OK)):
        who = terminal().plain(
            "chown or chmod {file} and its folder, so that this user may write.", file=file
        )
        checks.append(
            Check(
                "database writable", False, terminal().plain("{file} is read-only", file=file), who
            )
        )
    return checks


async def _migrated(url: str) -> Check:
    from broadcast.store.migrate import versions

    try:
        found, newest = await versions(url)
    except (SQLAlchemyError, OSError) as wrong:
        return Check(
            "database",
            False,
            _why(wrong),
            terminal().plain("Check TELLAL_DATABASE_URL; restore from a backup."),
        )
    if found == newest:
        return Check(
            "database", True, terminal().plain("reachable, tables at {found}", found=found)
        )
    return Check("database", False, terminal().plain('tables at {what}, newest {newest}', what=found or 'none', newest=newest),
                 terminal().plain("Run: tellal db upgrade"))  # fmt: skip


async def _safely(look: Callable[[str], Awaitable[Check]], url: str) -> Check:
    """One that cannot be looked at hides no other."""
    try:
        return await look(url)
    except (SQLAlchemyError, OSError) as wrong:
        return Check("database", False, _why(wrong), "")


def _why(wrong: SQLAlchemyError | OSError) -> str:
    return in_words(wrong) if isinstance(wrong, SQLAlchemyError) else of_system(wrong)


async def _own(url: str) -> Check:
    """A copied or restored database sends nothing until somebody says so."""
    from broadcast.store import lease
    from broadcast.store.instance import Copied
    from broadcast.store.session import Store

    store = Store(url)
    try:
        await lease.check_own(store)
    except Copied:
        mend = terminal().plain(
            "If it is the one to use, and the other is stopped: tellal db adopt"
        )
        return Check(
            "database's home",
            False,
            terminal().plain("it was copied or restored from a backup"),
            mend,
        )
    finally:
        await store.close()
    return Check("database's home", True, terminal().plain("it belongs to this installation"))


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
        return Check("updates", True, terminal().plain("everything that came could be handled"))
    mend = terminal().plain(
        "Look at them: tellal export set-aside. They are deleted after 30 days."
    )
    return Check(
        "updates",
        False,
        terminal().plain(
            "{count} could not be handled, the last at {latest} UTC",
            count=count,
            latest=format(latest, "%F %R"),
        ),
        mend,
    )


async def _brake(url: str) -> Check:
    """While it is on, nothing is sent, which is no fault but surprises."""
    from broadcast.services import brake
    from broadcast.store.session import Store

    store = Store(url)
    try:
        async with store.read() as session:
            halted = await brake.standing_halt(session)
    finally:
        await store.close()
    if halted is None:
        return Check("emergency brake", True, terminal().plain("off"))
    found = terminal().plain(
        "on: {name} has stopped everything since {moment} UTC",
        name=halted.name, moment=format(halted.at, "%Y-%m-%d %H:%M"),
    )  # fmt: skip
    mend = terminal().plain("In the console: /lift lets everything go on.")
    return Check("emergency brake", False, found, mend)


async def _unheard(url: str) -> Check:
    """Nobody's refusal may wait unseen."""
    from broadcast.services import failed_opt_out
    from broadcast.store.session import Store

    store = Store(url)
    try:
        async with store.read() as session:
            rows = await failed_opt_out.failed_updates(session)
    finally:
        await store.close()
    if not rows:
        return Check(
            "refusals", True, terminal().plain("everybody who asked to leave is off the list")
        )
    sources = ", ".join(sorted({row.source for row in rows}))
    since = min(row.received_at for row in rows)
    found = terminal().plain(
        "{what} could not be carried out ({sources}), the first of {since} UTC",
        what=len(rows),
        sources=sources,
        since=format(since, "%Y-%m-%d %H:%M"),
    )
    mend = terminal().plain(
        "Nothing is sent to these people meanwhile. Report this with the log (update_failed), "
        "update Tellal and start it again: it tries again. For people who ask you in person: "
        "tellal import."
    )
    return Check("refusals", False, found, mend)


def _private(database: Path, media: Path) -> Check:
    """Nobody else on this machine reads what holds people, or our tokens."""
    from broadcast.store import file_modes

    folder = database.absolute().parent
    rejected = [*folder.glob("*.rejected.csv"), *folder.glob("*.rejected-*.csv")]
    here = Path.cwd()
    tokens = (
        [here / name for name in (ENV_FILE, TOML_FILE)] if file_modes.open_to_others([here]) else []
    )
    open_ones = file_modes.open_to_others(
        [folder, *file_modes.files_of(database), *rejected, *tokens]
    )
    media_open = file_modes.open_to_others(file_modes.media_files(media))
    found = open_ones + media_open
    if not found:
        return Check("files", True, terminal().plain("only this user can read them"))
    seen = ", ".join(f"{one.path} ({one.mode:o})" for one in found[:_SHOWN])
    left = len(found) - _SHOWN
    more = terminal().plain(" and {n} more", n=left) if left > 0 else ""
    commands = [
        f"chmod {right:o} {' '.join(shlex.quote(str(path)) for path in paths)}"
        for right in (file_modes.FOLDER, file_modes.FILE)
        if (paths := [one.path for one in open_ones if one.right == right])
    ]
    if media_open:
        commands.append(f"chmod -R go= {shlex.quote(str(media))}")
    return Check(
        "files",
        False,
        terminal().plain("others can read {seen}{more}", seen=seen, more=more),
        terminal().plain("Run: {what}", what=" && ".join(commands)),
    )


def _room(file: Path) -> Check:
    free = shutil.disk_usage(file.parent).free // 2**20
    ok = free >= LEAST_FREE_MB
    return Check(
        "disk",
        ok,
        terminal().plain("{free} MB free", free=free),
        "" if ok else terminal().plain("Free some space on this disk."),
    )
