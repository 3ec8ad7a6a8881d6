"""`tellal import` and `tellal export`: the file, the questions and the words around them."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO

from sqlalchemy.exc import SQLAlchemyError

from bot import import_export, progress
from bot.import_export import Imported, WrongFile
from bot.import_line import House
from bot.settings import Settings
from bot.spreadsheet.encoding import Unclear, encoding_of
from bot.terminal import DID_NOT_HOLD, GOOD, WRONG_USE
from broadcast.language import terminal
from broadcast.store.storage_errors import in_words

_PRINTED = 20  # rejected lines


def take_in(settings: Settings, file: Path, encoding: str, *, as_json: bool = False) -> int:
    """Import a list and say what became of it. Returns the exit code."""
    try:
        try:
            encoding = encoding_of(file, encoding)
        except Unclear as unclear:
            if not (unclear.candidates and sys.stdin.isatty() and sys.stderr.isatty()):
                raise
            encoding = _asked(unclear)
        with progress.steps() as step:
            work = import_export.import_file(
                settings.database_url, file, settings.language, step,
                house=House(
                    settings.country, frozenset(one.key for one in settings.accounts())
                ),
                encoding=encoding,
            )  # fmt: skip
            done = asyncio.run(work)
    except WrongFile as wrong:
        print(wrong, file=sys.stderr)  # noqa: T201
        return WRONG_USE
    except OSError as error:
        print(  # noqa: T201
            terminal().plain("{file} cannot be read: {why}", file=file, why=error.strerror),
            file=sys.stderr,
        )
        return WRONG_USE
    except SQLAlchemyError as error:
        again = terminal().plain("Then import the same file again.")
        print(in_words(error), again, file=sys.stderr)  # noqa: T201
        return DID_NOT_HOLD
    _show(done)
    if as_json:
        print(json.dumps(_counts(done)))  # noqa: T201
    return DID_NOT_HOLD if done.rejected_count else GOOD


def _asked(unclear: Unclear) -> str:
    from rich.prompt import IntPrompt

    say = terminal().plain
    print(say("This file is not UTF-8. Which line reads right?"), file=sys.stderr)  # noqa: T201
    for number, candidate in enumerate(unclear.candidates, 1):
        print(f"  {number}  {candidate}", file=sys.stderr)  # noqa: T201
    choices = [str(number) for number in range(1, len(unclear.candidates) + 1)]
    return unclear.candidates[IntPrompt.ask(say("Number"), choices=choices) - 1].encoding


def _show(done: Imported) -> None:
    """Lines first, then the people behind them."""
    tell, words = _to(sys.stderr), terminal()
    print(  # noqa: T201
        words.plain(
            "Lines read: {lines}. Taken in: {taken}; kept out (they had left or cannot be reached): "
            "{out}; rejected: {rejected}.",
            lines=done.lines, taken=done.taken, out=done.kept_out, rejected=done.rejected_count,
        )
    )  # fmt: skip
    print(  # noqa: T201
        words.plain(
            "People: {new} new, {known} known before.",
            new=len(done.new), known=len(done.people) - len(done.new),
        )
    )  # fmt: skip
    for language, count in sorted(done.unspoken.items()):
        tell(
            words.plain(
                "Lines with the language {language}: {n}. Tellal does not speak it. These "
                "people get the language of their number's country, else the default one.",
                language=repr(language), n=count,
            )
        )  # fmt: skip
    for number, why in done.rejected[:_PRINTED]:
        tell(words.plain("line {number}: {why}", number=number, why=why))
    if (more := done.rejected_count - min(len(done.rejected), _PRINTED)) > 0:
        tell(words.plain("… and {n} more.", n=more))
    if done.rejected_count:
        print(  # noqa: T201
            words.plain(
                "Rejected lines, whole and with the reason, are in {file}: correct them there "
                "and import that file.",
                file=done.rejected_file,
            )
        )


def _counts(done: Imported) -> dict[str, object]:
    return {
        "lines": done.lines, "taken": done.taken, "new": len(done.new), "kept_out": done.kept_out,
        "rejected": done.rejected_count, "people": len(done.people),
        "rejected_file": str(done.rejected_file) if done.rejected_count else "",
        "encoding": done.encoding, "delimiter": done.delimiter, "unspoken": done.unspoken,
    }  # fmt: skip


def _to(stream: TextIO) -> Callable[[str], None]:
    return lambda words: print(words, file=stream)  # noqa: T201


def give_out(settings: Callable[[], Settings], what: str, broadcast: int, to: Path | None) -> int:
    """Export to `to`, a new file, or to standard output. Returns the exit code."""
    tell, say = _to(sys.stderr), terminal().plain
    if what not in import_export.EXPORTS:
        known = ", ".join(import_export.EXPORTS)
        tell(say("{what} cannot be exported; there are: {known}.", what=repr(what), known=known))
        return WRONG_USE
    if broadcast and what != "deliveries":
        tell(say("--broadcast goes with deliveries only."))
        return WRONG_USE
    house = settings()
    try:
        with _opened(to) as out, progress.steps() as step:
            work = import_export.export(
                house.database_url, what, out, broadcast, step, country=house.country
            )
            asyncio.run(work)
    except FileExistsError:
        tell(say("{file} is there already; nothing was overwritten.", file=to))
        return WRONG_USE
    except BrokenPipeError:
        sys.stderr.close()
    except SQLAlchemyError as error:
        tell(in_words(error))
        return DID_NOT_HOLD
    except OSError as error:
        file = to or say("Standard output")
        tell(say("{file} cannot be written: {why}.", file=file, why=error.strerror))
        return DID_NOT_HOLD
    return GOOD


@contextlib.contextmanager
def _opened(to: Path | None) -> Iterator[TextIO]:
    """UTF-8 whatever the terminal's own encoding. A file is whole or not there."""
    if to is None:
        raw = getattr(sys.stdout, "buffer", None)
        if raw is None:  # a test's stand-in
            yield sys.stdout
            return
        out = io.TextIOWrapper(raw, encoding="utf-8", errors="backslashreplace", newline="")
        try:
            yield out
            out.flush()
        finally:
            with contextlib.suppress(OSError, ValueError):
                out.detach()
        return
    number = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(number, "w", encoding="utf-8", newline="", errors="backslashreplace") as out:  # noqa: PTH123
            yield out
            out.flush()
            os.fsync(out.fileno())
    except BaseException:
        to.unlink(missing_ok=True)
        raise
