"""`tellal run`: what it says when it starts, while it runs and when it ends, and its exit code."""

from __future__ import annotations

import asyncio
import errno
import signal
import sys

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot import banner, logs, owner_claim
from bot.bootstrap import CannotListen, House
from bot.chat import ConsoleClosed
from bot.settings import Settings
from bot.terminal import DID_NOT_HOLD, GOOD, WRONG_USE, of_system
from broadcast import proxy
from broadcast.language import FALLBACK, N_, speak_at_terminal, terminal
from broadcast.services import code
from broadcast.store import instance, lease
from broadcast.store.storage_errors import in_words
from channels._kit.errors import ChannelClosed

log = structlog.get_logger()
_COPIED = N_(
    "This database was copied or restored from a backup, so what it holds as unsent may have been "
    "sent already. If it is the one to use from now on, and the other is stopped for good, run: "
    "tellal db adopt (docs/operations.md). Nothing was changed."
)
_TAKEN = N_("Port {port} is taken. Stop the program that has it, or set {setting} to another.")
_FORBIDDEN = N_("This user may not listen at port {port}. Set {setting} to one above 1023.")
_NO_ADDRESS = N_("{host} is no address of this machine. Set {setting} to one, such as 127.0.0.1.")


async def run(settings: Settings) -> int:
    """Run until told to stop. Returns the exit code."""
    if not sys.stdout.isatty():
        speak_at_terminal(FALLBACK)  # what is kept in a journal is read by programs too
    logs.configure(terminal=settings.log_is_for_people(), secrets=settings.secrets())
    if why := _unready(settings):
        _say(why)
        return WRONG_USE
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    house = House(settings)
    stopping = asyncio.create_task(stop.wait())
    opening = asyncio.create_task(house.open())
    try:
        await asyncio.wait({opening, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if opening.done():
            if why := _refused(opening.exception()):
                _say(why)
                return _code(opening.exception())
            return await _until(stopping, house)
        return GOOD
    finally:
        if stop.is_set() and sys.stdout.isatty():
            _say(terminal().plain("Ending …"))
        stopping.cancel()
        opening.cancel()
        await asyncio.gather(opening, return_exceptions=True)
        await house.close(badly=_broke(house))


def _code(error: BaseException | None) -> int:
    """A refused token is a wrong setting: whoever starts us again would only ask with it again."""
    return WRONG_USE if isinstance(error, ConsoleClosed | ChannelClosed) else DID_NOT_HOLD


def _unready(settings: Settings) -> str:
    say = terminal().plain
    if not settings.accounts():
        return say("No channel is set up. Set TELLAL_TELEGRAM__TOKEN to your bot's token.")
    if not settings.has_console():
        return say(
            "Nobody could write a broadcast. Set TELLAL_TELEGRAM__TOKEN or TELLAL_SLACK__BOT_TOKEN."
        )
    try:
        proxy.check()
    except proxy.BadEnvironment as wrong:
        return str(wrong)
    return ""


def _refused(error: BaseException | None) -> str:
    """Why the house did not open; empty when it did. Raises what nobody foresaw."""
    say = terminal().plain
    match error:
        case None:
            return ""
        case lease.Taken():
            return say(
                "Another Tellal ({owner}) is already using this database. Stop it first; nothing was "
                "changed.", owner=error.owner,
            )  # fmt: skip
        case instance.Copied():
            return say(_COPIED)
        case ConsoleClosed() | ChannelClosed():
            return terminal().template(str(error))
        case CannotListen():
            return _not_listening(error)
        case SQLAlchemyError():
            return in_words(error)
        case OSError():
            log.error("not_started", error=type(error).__name__)
            return of_system(error)
    raise error


def _not_listening(refused: CannotListen) -> str:
    known = {errno.EADDRINUSE: (_TAKEN, "PORT"), errno.EACCES: (_FORBIDDEN, "PORT")}
    number = getattr(refused.error, "errno", None)
    sentence, last = known.get(number or 0, (_NO_ADDRESS, "HOST"))
    setting = f"TELLAL_HTTP__{refused.of}{last}"
    return terminal().plain(sentence, host=refused.host, port=refused.port, setting=setting)


async def _until(stopping: asyncio.Task[bool], house: House) -> int:
    """Until somebody stops it, another takes over, or a part of it breaks."""
    say = terminal().plain
    assert house.keeping is not None
    if sys.stdout.isatty():
        _say(await banner.banner(house))
    await _offer_claim(house)
    _say(say("Tellal is running. Press Ctrl+C to stop."))
    lost = house.keeping
    await asyncio.wait({lost, stopping, *house.tasks}, return_when=asyncio.FIRST_COMPLETED)
    if lost.done():
        _say(say("Another Tellal has taken over this database: this one stops sending."))
    failed = next((t for t in house.tasks if t.done() and t.exception()), None)
    if failed is not None:
        error = failed.exception()
        foreseen = isinstance(error, ConsoleClosed | ChannelClosed)
        if not foreseen:
            log.error("stopped", exc_info=error)
        why = terminal().template(str(error)) if foreseen else type(error).__name__
        _say(say("Stopped: {why}", why=why))
        return _code(error)
    return GOOD if failed is None and stopping.done() else DID_NOT_HOLD


def _broke(house: House) -> bool:
    """Whether a part that ought to go on has ended by itself."""
    return any(task.done() and not task.cancelled() and task.exception() for task in house.tasks)


async def _offer_claim(house: House) -> None:
    """The code is for eyes at a terminal: a log would keep it for others to read."""
    if await code.has_owner(house.core):
        return
    made = await code.claim(house.core) if sys.stdout.isatty() else None
    if made is None:
        _say(owner_claim.NO_OWNER)
        return
    how = house.switchboard.how_to_claim.replace("{code}", made)
    _say(terminal().plain("No owner yet. Send this to your bot within the hour. It works once."))
    _say(how)


def _say(words: str) -> None:
    print(words, flush=True)  # noqa: T201
