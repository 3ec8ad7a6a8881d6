"""How a command begins and ends: in which language, and never with a traceback for its user."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import tempfile
import threading
import tomllib
import traceback
from collections.abc import Callable
from pathlib import Path

from broadcast.language import choose, speak_at_terminal, terminal

GOOD, DID_NOT_HOLD, WRONG_USE, INTERRUPTED = 0, 1, 2, 130
_SETTING = "TELLAL_LANGUAGE"
_MACHINE = ("LC_ALL", "LC_MESSAGES", "LANG")


def prepare() -> None:
    """Private files, the user's language, words that any terminal can take."""
    os.umask(0o077)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    threading.excepthook = _of_a_thread
    speak_at_terminal(language_here())


def _of_a_thread(broken: threading.ExceptHookArgs) -> None:
    """A database's thread that answers when nobody waits for it any more has nothing to say."""
    if str(broken.exc_value) != "Event loop is closed":
        threading.__excepthook__(broken)


def take_uvloop() -> None:
    """Run asyncio on uvloop from now on, where it exists."""
    if sys.platform != "win32":
        import uvloop

        uvloop.install()


def language_here() -> str:
    """TELLAL_LANGUAGE as the settings have it, else what this machine speaks; where we can."""
    return choose(_written()) if choose(_written(), "") else machine_language()


def machine_language() -> str:
    """What this machine speaks, where we can, else English."""
    return choose(next((os.environ[name] for name in _MACHINE if os.environ.get(name)), ""))


def _written() -> str:
    """What the settings say of it, without checking them: that is for later."""
    for name, value in os.environ.items():
        if name.upper() == _SETTING:
            return value
    with contextlib.suppress(OSError, ValueError):
        for line in Path(".env").read_text(encoding="utf-8-sig").splitlines():
            name, _, value = line.removeprefix("export ").partition("=")
            if name.strip().upper() == _SETTING:
                return value.strip().strip("'\"")
    with contextlib.suppress(OSError, ValueError, RecursionError):
        return str(
            tomllib.loads(Path("tellal.toml").read_text(encoding="utf-8-sig")).get("language")
        )
    return ""


def version() -> str:
    """Which Tellal this is: as the folder it runs from says, else as it was installed."""
    from importlib import metadata

    # A checkout may be newer than what was once installed of it; beside an installed one a
    # pyproject.toml would be somebody else's.
    with contextlib.suppress(OSError, ValueError, LookupError, TypeError):
        written = Path(__file__).resolve().parent.parent / "pyproject.toml"
        project = tomllib.loads(written.read_text(encoding="utf-8"))["project"]
        if project["name"] == "tellal":
            return str(project["version"])
    with contextlib.suppress(metadata.PackageNotFoundError):
        return metadata.version("tellal")
    return "unknown"


def tell(words: object) -> None:
    """To the user, beside what the command is asked for. Who does not listen any more stops nothing."""
    with contextlib.suppress(OSError, ValueError):
        print(words, file=sys.stderr, flush=True)  # noqa: T201


def guarded(work: Callable[[], int]) -> int:
    """The work's exit code; what it should have handled and did not is told in a sentence."""
    try:
        code = work()
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        tell(terminal().plain("Stopped."))
        return INTERRUPTED
    except BrokenPipeError:
        _nobody_listens()
        return GOOD
    except OSError as error:
        tell(of_system(error))
        return DID_NOT_HOLD
    except Exception as error:
        return _unforeseen(error)


def of_system(error: OSError) -> str:
    """A full disk, a folder one may not write to and the like, with the file where it is known."""
    why = error.strerror or type(error).__name__
    if error.filename is not None:
        return terminal().plain("{file}: {why}.", file=os.fsdecode(error.filename), why=why)
    return terminal().plain("This did not work: {why}.", why=why)


def _unforeseen(error: Exception) -> int:
    """Storage has its own words; of all else its user is told where a report about it is."""
    if "sqlalchemy" in sys.modules:
        from sqlalchemy.exc import SQLAlchemyError

        if isinstance(error, SQLAlchemyError):
            from broadcast.store.storage_errors import in_words

            tell(in_words(error))
            return DID_NOT_HOLD
    say, name = terminal().plain, type(error).__name__
    tell(say("Something unexpected went wrong here ({name}). Nothing more was done.", name=name))
    with contextlib.suppress(OSError):
        number, path = tempfile.mkstemp(prefix="tellal-report-", suffix=".txt")
        with open(number, "w", encoding="utf-8") as report:  # the error's own words may hold people
            report.write("".join(traceback.format_tb(error.__traceback__)) + name + "\n")
        tell(say("Please report it, with this file: {file}", file=path))
    return DID_NOT_HOLD


def _nobody_listens() -> None:
    """What would still be written at the end goes nowhere, without a word about it."""
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
