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

from bot import exchange, progress
from bot.exchange import Imported, WrongFile
from bot.listed import House
from bot.settings import Settings
from bot.spreadsheet.encoding import Unclear, encoding_of

_GOOD, _DID_NOT_HOLD, _WRONG_USE = 0, 1, 2
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
            work = exchange.import_file(
                settings.database_url, file, settings.language, step,
                house=House(
                    settings.country, frozenset(one.source for one in settings.accounts())
                ),
                encoding=encoding,
            )  # fmt: skip
            done = asyncio.run(work)
    except WrongFile as wrong:
        print(wrong, file=sys.stderr)  # noqa: T201
        return _WRONG_USE
    except OSError as error:
        print(f"{file} cannot be read: {error.strerror}.", file=sys.stderr)  # noqa: T201
        return _WRONG_USE
    except SQLAlchemyError as error:
        print(_of_database(error) + " Mend that and import the same file again.", file=sys.stderr)  # noqa: T201
        return _DID_NOT_HOLD
    _show(done)
    if as_json:
        print(json.dumps(_counts(done)))  # noqa: T201
    return _DID_NOT_HOLD if done.rejected_count else _GOOD


def _of_database(error: SQLAlchemyError) -> str:
    return f"The database cannot be used: {getattr(error, 'orig', None) or type(error).__name__}."


def _asked(unclear: Unclear) -> str:
    from rich.prompt import IntPrompt

    print("This file is not UTF-8. Which line reads right?", file=sys.stderr)  # noqa: T201
    for number, candidate in enumerate(unclear.candidates, 1):
        print(f"  {number}  {candidate}", file=sys.stderr)  # noqa: T201
    choices = [str(number) for number in range(1, len(unclear.candidates) + 1)]
    return unclear.candidates[IntPrompt.ask("Number", choices=choices) - 1].encoding


def _show(done: Imported) -> None:
    """Lines first, then the people behind them."""
    tell = _to(sys.stderr)
    print(  # noqa: T201
        f"{_n(done.lines, 'line')} read: {done.taken} taken in, {done.kept_out} kept out (they had "
        f"left or cannot be reached), {done.rejected_count} rejected. "
        f"Those taken in or kept out are {_n(len(done.people), 'person', 'people')}."
    )
    for language, count in sorted(done.unspoken.items()):
        tell(f"{_n(count, 'line')} with the language {language!r}: no words in it here, so the "
            "language of their number's country is used, or the house's.")  # fmt: skip
    for number, why in done.rejected[:_PRINTED]:
        tell(f"line {number}: {why}")
    if (more := done.rejected_count - min(len(done.rejected), _PRINTED)) > 0:
        tell(f"… and {more} more.")
    if done.rejected_count:
        print(  # noqa: T201
            f"{_n(done.rejected_count, 'rejected line')}, whole and with the reason, in "
            f"{done.rejected_file}: mend and import that file."
        )


def _counts(done: Imported) -> dict[str, object]:
    return {
        "lines": done.lines, "taken": done.taken, "kept_out": done.kept_out,
        "rejected": done.rejected_count, "people": len(done.people),
        "rejected_file": str(done.rejected_file) if done.rejected_count else "",
        "encoding": done.encoding, "delimiter": done.delimiter, "unspoken": done.unspoken,
    }  # fmt: skip


def _n(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"


def _to(stream: TextIO) -> Callable[[str], None]:
    return lambda words: print(words, file=stream)  # noqa: T201


def give_out(settings: Callable[[], Settings], what: str, broadcast: int, to: Path | None) -> int:
    """Export to `to`, a new file, or to standard output. Returns the exit code."""
    tell = _to(sys.stderr)
    if what not in exchange.EXPORTS:
        tell(f"{what!r} cannot be exported: {' or '.join(exchange.EXPORTS)}.")
        return _WRONG_USE
    if broadcast and what != "deliveries":
        tell("--broadcast goes with deliveries only.")
        return _WRONG_USE
    house = settings()
    try:
        with _opened(to) as out, progress.steps() as step:
            work = exchange.export(
                house.database_url, what, out, broadcast, step, country=house.country
            )
            asyncio.run(work)
    except FileExistsError:
        tell(f"{to} is there already; nothing was overwritten.")
        return _WRONG_USE
    except BrokenPipeError:
        sys.stderr.close()
    except SQLAlchemyError as error:
        tell(_of_database(error))
        return _DID_NOT_HOLD
    except OSError as error:
        tell(f"{to or 'Standard output'} cannot be written: {error.strerror}.")
        return _DID_NOT_HOLD
    return _GOOD


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
