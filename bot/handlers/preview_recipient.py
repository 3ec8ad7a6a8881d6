"""Whose eyes a command line asks for: a channel, and somebody there (pure)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from broadcast.context import Core
from broadcast.language import N_, languages, speech
from broadcast.services.preview import Account

SAMPLE = N_("Emma")  # somebody made up who reads this language
SILENT, NAMELESS, ASK = "silent", "nameless", "whom"
_AS = "as"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a command line asks for: a channel, somebody by id, a language, or a part of a name."""

    account: Account | None = None
    subscriber_id: int = 0
    language: str = ""
    name: str = ""
    silent: bool = False
    nameless: bool = False
    asks: bool = False


def read(core: Core, words: str) -> Wish:
    """`whatsapp tr`, `whatsapp #17`, `as Fatma, WhatsApp, Turkish`, `whatsapp nameless silent`; what
    is none of these is a name."""
    wish, rest = Wish(), []
    for word in words.replace(",", " ").split():
        bare = _small(word)
        if account := _account(core, bare):
            wish = replace(wish, account=account)
        elif bare == SILENT:
            wish = replace(wish, silent=True)
        elif bare == NAMELESS:
            wish = replace(wish, nameless=True)
        elif bare == ASK:
            wish = replace(wish, asks=True)
        elif language := _language_words().get(bare):
            wish = replace(wish, language=language)
        elif word.startswith("#") and word[1:].isdecimal():
            wish = replace(wish, subscriber_id=min(int(word[1:]), 2**53))
        else:
            rest.append(word)
    if rest and _small(rest[0]) == _AS:
        del rest[0]
    return replace(wish, name=" ".join(rest))


def _small(word: str) -> str:
    return word.replace("İ", "i").lower()


@cache
def _language_words() -> dict[str, str]:
    """The code of each language by its code, and by its name in every language we speak."""
    from babel import Locale

    found: dict[str, str] = {}
    for code in languages():
        names = {Locale.parse(code).get_display_name(reader) or code for reader in languages()}
        found |= dict.fromkeys({code, *map(_small, names)}, code)
    return found


def _account(core: Core, word: str) -> Account | None:
    """`whatsapp`, or `whatsapp:second` of several."""
    name, _, account = word.partition(":")
    listed = sorted(core.channels)
    return next((key for key in listed if key[0] == name and account in {"", key[1].lower()}), None)


def made_up(wish: Wish) -> Wish:
    """A name that is nobody's but the one we give to somebody made up."""
    names = {_small(speech(code).plain(SAMPLE)): code for code in languages()}
    code = names.get(_small(wish.name))
    return replace(wish, name="", language=code) if code else wish
