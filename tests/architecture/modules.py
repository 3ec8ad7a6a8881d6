"""The glossary's table of modules, written from their own first sentences: `python -m
tests.architecture.modules` after one was added, moved or described anew."""

from __future__ import annotations

import ast
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[2]
GLOSSARY = HOUSE / "docs" / "glossary.md"
HEAD = "## Modules\n"
ROOMS = ("bot", "broadcast", "channels", "lab", "locales", "sandbox", "web")


def modules() -> dict[str, str]:
    """Each module with something in it, by its path: the first paragraph of its docstring, in one
    line."""
    files = (file for room in ROOMS for file in (HOUSE / room).rglob("*.py"))
    found = {}
    for file in sorted(files):
        source = file.read_text(encoding="utf-8")
        if "versions" not in file.parts and source.strip():
            described = (ast.get_docstring(ast.parse(source)) or "").split("\n\n")[0]
            found[file.relative_to(HOUSE).as_posix()] = " ".join(described.split())
    return found


def table() -> str:
    """The section as it should stand, headings by room."""
    lines, room = [HEAD], ""
    for place, sentence in modules().items():
        folder, _, name = place.rpartition("/")
        if folder != room:
            room = folder
            lines.append(f"\n### {room}/\n\n| module | what it is for |\n|---|---|\n")
        lines.append(f"| `{name}` | {sentence.replace('|', chr(92) + '|')} |\n")
    return "".join(lines)


def written() -> str:
    text = GLOSSARY.read_text(encoding="utf-8")
    return text[text.index(HEAD) :]


if __name__ == "__main__":
    whole = GLOSSARY.read_text(encoding="utf-8")
    GLOSSARY.write_text(whole[: whole.index(HEAD)] + table(), encoding="utf-8")
