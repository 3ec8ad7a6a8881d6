"""What an author typed and may have meant otherwise: blanks that nobody fills in, signs that stay signs
(pure)."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

from broadcast.channel import Problem
from broadcast.language import N_
from broadcast.message import Entity, EntityKind, Message, RichText

NAME = "{name}"  # the one blank we fill in, and only in a template's values
MOST = 3  # of a kind; more would bury what else there is to see
_CODE = frozenset({EntityKind.CODE, EntityKind.PRE})
# What people and other systems call it.
_ALIASES = frozenset({
    "name", "ad", "adi", "adiniz", "isim", "ismi", "isminiz", "adsoyad", "soyad", "vorname", "nachname", "nombre",
    "nome", "nom", "prenom", "firstname", "fname", "lastname", "lname", "fullname", "username", "user", "person",
    "subscriber", "customer", "kisi", "uye", "abone",
})  # fmt: skip
_WORD = r"[^\W\d][\w .-]{0,29}"
_BRACED = re.compile(
    rf"\{{{{2,3}}[^{{}}\n]{{1,60}}\}}{{2,3}}"
    rf"|\{{\s*\.?(?:{_WORD}|\d{{1,2}})\s*(?:\|[^{{}}\n]{{0,60}})?\}}"
)
# The blank, also with a word for whoever has no name.
_RIGHT = re.compile(r"\{name\}|\{ *name *\|\|?[^{}|\r\n]*\}")
_OPEN = re.compile(rf"\{{{{1,3}}\s*(?P<word>{_WORD}?)(?=$|[^\w .}}-]|\s)")
# As other systems write a blank; only with a word that means a name.
_FOREIGN = re.compile(
    rf"\[\[?(?P<a>{_WORD})\]\]?|%%?(?P<b>\w{{2,20}})%%?|\*\|(?P<c>[\w:]{{2,30}})\|\*|<<(?P<d>{_WORD})>>"
    rf"|<(?P<e>\w{{2,20}})>|\$\{{(?P<f>\w{{2,20}})\}}|\$(?P<g>\w{{2,20}})\$"
)
_SIGNED = re.compile(
    r"(?<![\w*_~`])(?P<sign>\*{1,3}|_{1,3}|~{1,2}|`)(?P<words>[^\s*_~`](?:[^*_~`\n]*[^\s*_~`])?)(?P=sign)"
    r"(?![\w*_~`])"
)
_UNSEEN = re.compile(r"[\u00ad\u200b-\u200f\u2060\ufeff\u0300-\u036f]")
_LETTERS = re.compile(r"[^\W\d_]{2}")
_MISSPELT = N_("“{typed}” goes out as it is typed. Did you mean {known}?")
_UNKNOWN = N_("“{typed}” goes out as it is typed: the only blank I fill in is {known}.")
_SAME_FOR_ALL = N_(
    "“{typed}” goes out as it is typed: a message is the same for everybody. Only the blanks of a "
    "template can hold a name."
)
_SIGNS = N_(
    "“{typed}” goes out with its signs. For bold or italics, choose them in your app instead."
)


def blanks(message: Message) -> list[Problem]:
    """Warnings: what looks like a blank and would be read as it stands, each once."""
    found: dict[str, Problem] = {}
    for use in message.templates:
        for _, value in use.parameters:
            right = len(_RIGHT.findall(value))  # others only look like it
            for typed in _blanks_in(value):
                is_right = _RIGHT.fullmatch(typed) is not None
                right -= is_right
                if not is_right or right < 0:
                    sentence = _MISSPELT if _means_name(typed) else _UNKNOWN
                    found[typed] = Problem(sentence, {"typed": typed, "known": NAME})
    for words in _texts(message):
        for typed in _blanks_in(words):
            found.setdefault(typed, Problem(_SAME_FOR_ALL, {"typed": typed}))
    return list(found.values())[:MOST]


def signs(message: Message) -> list[Problem]:
    """Whether words stand between signs that somebody may take for formatting: said once."""
    for text in (message.text, *(item.caption for item in message.media)):
        for hit in _SIGNED.finditer(_without_code(text)):
            if _LETTERS.search(hit["words"]):
                return [Problem(_SIGNS, {"typed": _short(hit[0])})]
    return []


def _texts(message: Message) -> Iterator[str]:
    yield _without_code(message.text)
    yield from (_without_code(item.caption) for item in message.media)
    for row in message.buttons:
        for button in row:
            yield button.label
            yield unquote(button.url)


def _without_code(text: RichText) -> str:
    """Code means its braces; a blank of spaces keeps the places."""
    out = text.text
    for entity in text.entities:
        if entity.kind in _CODE:
            out = _blotted(out, entity)
    return out


def _blotted(text: str, entity: Entity) -> str:
    start, end = max(entity.offset, 0), min(entity.offset + entity.length, len(text))
    return text[:start] + "\n" * max(0, end - start) + text[end:]


def _blanks_in(words: str) -> Iterator[str]:
    """As they were typed: `{anything}`, and what means a name in other systems' way, or unclosed."""
    words = _UNSEEN.sub("", unicodedata.normalize("NFKC", words))
    for hit in _BRACED.finditer(words):
        yield hit[0]
    for hit in _OPEN.finditer(_BRACED.sub(lambda hit: " " * len(hit[0]), words)):
        if _means_name(hit["word"]):
            yield hit[0].rstrip()
    for hit in _FOREIGN.finditer(words):
        if _is_name(next(filter(None, hit.groups()), "")):
            yield hit[0]


def _folded(word: str) -> str:
    """Small letters of English alone, of Turkish ones the nearest."""
    apart = unicodedata.normalize("NFKD", word.replace("ı", "i").replace("İ", "i"))
    return re.sub(r"[\W_]+", "", "".join(c for c in apart if not unicodedata.combining(c)).lower())


def _is_name(word: str) -> bool:
    """`FNAME`, `MERGE_FIRST_NAME`, `contact.name`: whole, or in its last parts."""
    parts = [part for part in re.split(r"[\W_]+", word) if part]
    return any(_folded("".join(parts[at:])) in _ALIASES for at in range(len(parts)))


def _means_name(typed: str) -> bool:
    """A name by another name, or with a slip of the finger."""
    word = typed.partition("|")[0] if typed.startswith("{") else typed
    return _is_name(word) or bool(difflib.get_close_matches(_folded(word), ["name"], 1, 0.6))


def _short(typed: str) -> str:
    return typed if len(typed) <= 40 else typed[:38] + "…" + typed[-1]
