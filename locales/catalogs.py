"""Keep the catalogs true to the code: `python -m locales.catalogs`, with `--check` only look.

Calls named say, plain and N_ hold a sentence first; say_n and N_n hold one and many.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po

LOCALES = Path(__file__).resolve().parent
HOUSE = LOCALES.parent
COMMANDS = (
    "bot/cli.py",
    "bot/try_commands.py",
    "lab/commands.py",
)  # their help texts are sentences too
ROOMS = ("bot", "broadcast", "channels", "lab")
SOURCE_LANGUAGE = "en"
CALLS = frozenset({"say", "plain", "N_", "say_n"})
Key = str | tuple[str, str]
_MARKS = re.compile(r"[*`]")


def sentences(rooms: tuple[str, ...] = ROOMS) -> list[Key]:
    """Every sentence in the code, sorted; plurals as (one, many)."""
    found: set[Key] = set()
    for room in rooms:
        for file in sorted((HOUSE / room).rglob("*.py")):
            if "simulator" not in file.parts:  # what a stand-in says is not ours
                found.update(_in_file(file))
    if rooms == ROOMS:
        for name in COMMANDS:
            found.update(_help_texts(ast.parse((HOUSE / name).read_text(encoding="utf-8"))))
        found.discard("")
    plural = {key[0] for key in found if isinstance(key, tuple)}
    return sorted((k for k in found if isinstance(k, tuple) or k not in plural), key=_first)


def _in_file(file: Path) -> Iterator[Key]:
    """Read from the syntax tree: what tokens an f-string has depends on the Python."""
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            words = [_constant(one) for one in node.args[:2]]
            if name == "say_n" and len(words) > 1 and words[0] and words[1]:
                yield words[0], words[1]
            elif name in CALLS and name != "say_n" and words and words[0]:
                yield words[0]


def _constant(node: ast.expr) -> str:
    value = getattr(node, "value", "") if isinstance(node, ast.Constant) else ""
    return value if isinstance(value, str) else ""


def _help_texts(tree: ast.AST) -> Iterator[str]:
    """`help=` of options and arguments, and what a command's function says of itself."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "help":
            if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
                yield " ".join(node.value.value.split())
        elif isinstance(node, ast.FunctionDef) and node.decorator_list:
            yield " ".join((ast.get_docstring(node) or "").split())


def _first(key: str | Sequence[str]) -> str:
    return key if isinstance(key, str) else key[0]


def _strings(message: Message) -> list[str]:
    string = message.string or ""
    return [string] if isinstance(string, str) else list(string)


def path(language: str) -> Path:
    return LOCALES / language / "LC_MESSAGES" / "tellal.po"


def languages() -> list[str]:
    return sorted(p.parent.parent.name for p in LOCALES.glob("*/LC_MESSAGES/tellal.po"))


def read(language: str) -> Catalog:
    with path(language).open("rb") as file:
        return read_po(file, locale=language)


def update(language: str, keys: list[Key]) -> None:
    """Write today's sentences with the translations there are; unused ones go."""
    old, new = read(language), Catalog(locale=language, charset="utf-8", fuzzy=False)
    for key in keys:
        known = old.get(_first(key))
        new.add(key, string=_translation(language, key, known, new.num_plurals))
    out = BytesIO()
    write_po(out, new, width=100, no_location=True, omit_header=True)
    head = (
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Language: {language}\\n"\n"Plural-Forms: {new.plural_forms}\\n"\n\n'
    )
    body = head + out.getvalue().decode().strip() + "\n"
    if path(language).read_text(encoding="utf-8") != body:
        path(language).write_text(body, encoding="utf-8")


def _translation(
    language: str, key: Key, known: Message | None, plurals: int
) -> str | tuple[str, ...]:
    if language == SOURCE_LANGUAGE:
        return key
    strings = _strings(known) if known else []
    if isinstance(key, str):
        return strings[0] if strings else ""
    return tuple((strings + [""] * plurals)[:plurals])


def problems(language: str, keys: list[Key]) -> list[str]:
    """What keeps a catalog from being complete, one line each."""
    catalog, found = read(language), []
    wanted = {_first(key): key for key in keys}
    for message in catalog:
        if message.id and _first(message.id) not in wanted:
            found.append(f"{language}: unused: {_first(message.id)!r}")
    for first, key in wanted.items():
        known = catalog.get(first)
        if known is None or isinstance(known.id, str) != isinstance(key, str):
            found.append(f"{language}: missing: {first!r}")
            continue
        strings = _strings(known)
        if not strings or not all(strings):
            found.append(f"{language}: untranslated: {first!r}")
            continue
        found += [f"{language}: {why}: {first!r}" for why in _mismatches(key, strings)]
    return found


def _mismatches(key: Key, strings: list[str]) -> Iterator[str]:
    """Placeholders and marks that the translation lost or invented."""
    many = key[1] if isinstance(key, tuple) else key
    for number, string in enumerate(strings):
        like = _first(key) if len(strings) > 1 and number == 0 else many
        if _placeholders(like) != _placeholders(string):
            yield f"placeholders differ in {string!r}"
        elif sorted(_MARKS.findall(like)) != sorted(_MARKS.findall(string)):
            yield f"marks differ in {string!r}"


def _placeholders(sentence: str) -> set[str]:
    try:
        return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}
    except ValueError:
        return {"?"}


def main(arguments: list[str]) -> int:
    keys = sentences()
    if arguments not in ([], ["--check"]):
        print("Use: python -m locales.catalogs [--check]", file=sys.stderr)  # noqa: T201
        return 2
    if not arguments:
        for language in languages():
            update(language, keys)
    found = [line for language in languages() for line in problems(language, keys)]
    for line in found:
        print(line)  # noqa: T201
    print(f"{len(keys)} sentences, {len(languages())} languages, {len(found)} problems")  # noqa: T201
    return 1 if found and arguments else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
