"""Addresses as Telegram's client library reads them, character by character: what it refuses, and why.

Written after `parse_url` (tdutils/td/utils/HttpUrl.cpp) and `LinkManager::check_link_impl`
(td/telegram/LinkManager.cpp) of tdlib/td, and apart from what the product itself checks.
"""

from __future__ import annotations

import ipaddress
import string

_INNER = ("tg:", "ton:", "tonsite:")
_WORDS = set(string.ascii_letters + string.digits)
_SIGNS = set(".-_!$,~*'();&+=")
_HEX = set(string.hexdigits)


class Wrong(Exception):
    """Why an address is none, in Telegram's words."""


def refusal(url: str) -> str:
    """What Telegram says of an address; empty for a good one."""
    try:
        _check(url)
    except Wrong as wrong:
        return f"URL '{url}' is invalid: {wrong}"
    return ""


def valid_url(url: object) -> bool:
    """Whether a button or a link may point there."""
    return isinstance(url, str) and not refusal(url)


def _check(link: str) -> None:
    inner = next((word for word in _INNER if link.lower().startswith(word)), "")
    if inner:
        link = link[len(inner) :].removeprefix("//")
    protocol, user, host, port, is_ipv6 = _parts(link)
    if not inner:
        if "." not in host and not is_ipv6:
            raise Wrong("Wrong HTTP URL")
        return
    if link.lower().startswith("http://") or protocol == "https" or user or port or is_ipv6:
        raise Wrong("Wrong tg URL" if inner == "tg:" else "Wrong ton URL")
    allowed = _WORDS | {"-", "_"} | ({"."} if inner == "tonsite:" else set())
    if set(host) - allowed:
        raise Wrong("Unallowed characters in URL host")


def _parts(url: str) -> tuple[str, str, str, int, bool]:
    """Protocol, user, host, the port that is written (0: none), whether the host is an IPv6 one."""
    protocol, rest = "http", url
    end = next((i for i, c in enumerate(url) if c in ":/?#@[]"), len(url))
    if url[end : end + 3] == "://":
        protocol, rest = url[:end].lower(), url[end + 3 :]
        if protocol not in ("http", "https"):
            raise Wrong("Unsupported URL protocol")
    end = next((i for i, c in enumerate(rest) if c in "/?#"), len(rest))
    place, port = _port(rest[:end])
    user, _, host = place.rpartition("@")
    is_ipv6 = host.startswith("[") and host.endswith("]") and len(host) > 1
    if is_ipv6:
        try:
            ipaddress.IPv6Address(host[1:-1])
        except ValueError:
            raise Wrong("Wrong IPv6 address specified in the URL") from None
    if not host:
        raise Wrong("URL host is empty")
    if host == ".":
        raise Wrong("Host is invalid")
    if not is_ipv6:
        _allowed(host, "host", set())
        _allowed(user, "userinfo", {":"})
    return protocol, user, host.lower(), port, is_ipv6


def _port(place: str) -> tuple[str, int]:
    at = len(place) - 1
    while at > 0 and place[at] not in ":]@":
        at -= 1
    if at <= 0 or place[at] != ":":
        return place, 0
    digits = place[at + 1 :]
    port = int(digits) if digits.isascii() and digits.isdigit() else 0
    if not 0 < port <= 65535:
        raise Wrong("Wrong port number specified in the URL")
    return place[:at], port


def _allowed(part: str, name: str, more: set[str]) -> None:
    at = 0
    while at < len(part):
        char = part[at]
        if char == "%":
            if len(part) < at + 3 or part[at + 1] not in _HEX or part[at + 2] not in _HEX:
                raise Wrong(f"Wrong percent-encoded symbol in URL {name}")
            at += 3
            continue
        if char not in _WORDS | _SIGNS | more and char < "\x80":
            raise Wrong(f"Disallowed character in URL {name}")
        at += 1
