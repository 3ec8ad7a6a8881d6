"""Addresses that phones of Meta's apps open: the web's, with a host that the world knows (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from broadcast.channel import Problem
from broadcast.language import N_
from broadcast.message import EntityKind, Message

_OF_AN_APP = re.compile(r"\b(?:tg|ton|tonsite|slack|whatsapp|fb-messenger)://[^\s)>\]]+", re.I)
_NOT_OPENED = N_(
    "{channel} does not open “{url}”: only addresses of the web, such as https://example.org."
)


def opens(url: str) -> bool:
    """Whether it is http or https, with a host that has a dot and a port that exists."""
    if any(ch.isspace() or not ch.isprintable() for ch in url):
        return False
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    labels = host.removesuffix(".").split(".")
    known = (len(labels) > 1 and all(labels)) or ":" in host
    return (
        parts.scheme in {"http", "https"} and known and port != 0 and not set(host) & set("<>\"'")
    )


def problems_of(channel: str, urls: Iterable[str]) -> list[Problem]:
    """One for each address that is not opened there; `channel` as people write its name."""
    return [
        Problem(_NOT_OPENED, {"channel": channel, "url": url})
        for url in dict.fromkeys(urls)
        if not opens(url)
    ]


def in_words(message: Message) -> list[str]:
    """The addresses behind its words, and those of an app that stand among them."""
    behind = [e.value for e in message.text.entities if e.kind == EntityKind.LINK and e.value]
    return [*behind, *_OF_AN_APP.findall(message.text.text)]


def on_buttons(message: Message) -> list[str]:
    """The addresses of its buttons."""
    return [button.url for row in message.buttons for button in row]
