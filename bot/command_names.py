"""What each command is called, in every language: the catalogs have the names, the first is shown.

Typed in any language they work for everybody, with and without dots and accents. A name is never a
word that subscribers leave by, but for the two that are (docs/decisions/0080).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from broadcast.language import N_, languages, speech
from broadcast.wording.folding import fold

NAMES: Mapping[str, str] = {
    "new": N_("/new /compose"),
    "drafts": N_("/drafts"),
    "audience": N_("/audience"),
    "templates": N_("/templates"),
    "preview": N_("/preview"),
    "test": N_("/test"),
    "schedule": N_("/schedule"),
    "canary": N_("/canary"),
    "submit": N_("/submit"),
    "approve": N_("/approve"),
    "reject": N_("/reject"),
    "home": N_("/home /dashboard"),
    "status": N_("/status"),
    "halt": N_("/halt /brake /freeze"),
    "pause": N_("/pause"),
    "resume": N_("/resume"),
    "correct": N_("/correct"),
    "cancel": N_("/cancel"),
    "report": N_("/report"),
    "missed": N_("/missed"),
    "retry": N_("/retry"),
    "history": N_("/history"),
    "team": N_("/team"),
    "language": N_("/language"),
    "timezone": N_("/timezone"),
    "link": N_("/link"),
    "help": N_("/help"),
    "menu": N_("/menu"),
    "subscribers": N_("/subscribers"),
    "share": N_("/share"),
    "checklist": N_("/checklist"),
    "shelf": N_("/shelf"),
}
_ASCII = re.compile(r"[a-z][a-z0-9_]{0,31}")


def folded(word: str) -> str:
    """`/İptal` as `iptal`: as names are compared."""
    return fold(word.strip().lstrip("/")).strip()


def names(command: str, language: str) -> tuple[str, ...]:
    """As people write it there, without the slash, the one that is shown first; its own name where
    the language has none."""
    if command not in NAMES:
        return (command,)
    said = speech(language).plain(NAMES[command]).split()
    return tuple(word.lstrip("/") for word in said) or (command,)


def shown(command: str, language: str) -> str:
    """The name a person of that language is told."""
    return names(command, language)[0]


def in_menu(command: str, language: str) -> str:
    """The same for a platform's menu, which may take nothing but `[a-z0-9_]`."""
    plain = folded(shown(command, language))
    return plain if _ASCII.fullmatch(plain) else command


@cache
def by_name() -> Mapping[str, str]:
    """Command by folded name, in all languages."""
    found: dict[str, str] = {}
    for command in NAMES:
        for language in languages():
            for name in names(command, language):
                found.setdefault(folded(name), command)
    return found
