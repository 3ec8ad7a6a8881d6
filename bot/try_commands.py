"""`tellal try …`: what the product makes of somebody's input, without touching anything."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from bot.terminal import WRONG_USE
from broadcast.language import N_, terminal

if TYPE_CHECKING:
    from broadcast.consent_words import Read

trials = typer.Typer(help="Show how something would be understood; nothing is changed.")
_SENTENCES = {
    "out": N_("They leave"),
    "in": N_("They join"),
    "ask": N_("They are asked whether they want to leave"),
    "none": N_("It says nothing about leaving or joining"),
}
# In a list of lines these stand for what a line cannot hold.
_ESCAPES = {"\\n": "\n", "\\r": "\r", "\\t": "\t", "\\u200b": "\u200b"}


@trials.callback(invoke_without_command=True)
def _trials(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(WRONG_USE)


@trials.command("words")
def words(
    text: Annotated[str, typer.Argument(help="What somebody wrote; - reads lines.")],
    language: Annotated[str, typer.Option(help="Their language, such as tr or pt-BR.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, for programs.")] = False,
) -> None:
    """Whether somebody's words mean leaving, joining, perhaps leaving (ask) or none of these, and why."""
    from broadcast.wording.lexicon import codes

    code = language.replace("_", "-").lower().split("-")[0]
    if language and code not in codes():
        known = ", ".join(codes())
        say = terminal().plain
        typer.echo(
            say("There is no word list for {language}; there are: {known}.", language=repr(language),
                known=known),
            err=True,
        )  # fmt: skip
        raise typer.Exit(WRONG_USE)
    try:
        for line in _lines() if text == "-" else [text]:
            typer.echo(_shown(line, code, as_json))
    except BrokenPipeError:
        sys.stderr.close()


def _lines() -> Iterator[str]:
    """Standard input, whatever this terminal's encoding."""
    for raw in sys.stdin.buffer:
        line = raw.decode("utf-8", errors="replace").rstrip("\r\n")
        for written, meant in _ESCAPES.items():
            line = line.replace(written, meant)
        yield line


def _shown(text: str, code: str, as_json: bool) -> str:
    from broadcast.consent_words import verdict

    read = verdict(text, [code] if code else [], code)
    if as_json:
        import orjson

        return orjson.dumps({"verdict": read.verdict.value, "why": _why(read)}).decode()
    return f"{terminal().plain(_SENTENCES[read.verdict.value])}: {_why(read)}."


def _why(read: Read) -> str:
    heard = f"{read.kind.value}, “{read.words}”" if read.words else read.kind.value
    return f"{heard} ({read.language})" if read.language else heard
