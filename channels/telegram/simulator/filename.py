"""A file's name as Telegram reads it from a request, and as it keeps it (pure).

tdlib/td: HttpReader.cpp knows `filename` alone, not `filename*`, and decodes `%22`; clean_filename in
filesystem.cpp.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

STEM, EXTENSION = 64, 16
_NAMED = re.compile(r';\s*filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]*))', re.I)
_FORBIDDEN = frozenset("<>:\"/\\|?*&`'")


def said(disposition: str) -> str | None:
    """The name in a part's Content-Disposition; None where there is none that Telegram sees, so that
    the part is no file to it."""
    found = _NAMED.search(disposition)
    if found is None:
        return None
    return unquote(found[1] if found[1] is not None else found[2].strip())


def cleaned(name: str) -> str:
    """Without its folders, and without what no file system likes."""
    base = re.split(r"[/\\]", name)[-1]
    stem, dot, extension = base.rpartition(".")
    if not dot or not base.rstrip("."):
        stem, extension = base, ""
    elif not extension:
        stem = base
    stem, extension = _part(stem, STEM), _part(extension, EXTENSION)
    return f"{stem}.{extension}" if stem and extension else stem or extension


def _part(text: str, most: int) -> str:
    made: list[str] = []
    for char in text:
        if len(made) >= most:
            break
        kept = char if _is_kept(char) else _instead(char)
        if not kept or (not made and kept in " ."):
            continue
        made.append(kept)
    return "".join(made).rstrip(" .")


def _is_kept(char: str) -> bool:
    if char < "\x7f":
        return char >= " " and char not in _FORBIDDEN
    return unicodedata.category(char)[0] in "LN"


def _instead(char: str) -> str:
    """Marks go, other signs become a space."""
    return "" if unicodedata.category(char)[0] in "MC" and char not in "\t\n\r" else " "
