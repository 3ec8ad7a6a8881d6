"""Which web addresses Telegram takes for a button or a link (pure).

After `check_link_impl` in TDLib's LinkManager.cpp and `parse_url` in its HttpUrl.cpp. An address
without its scheme, which Telegram would take for one of http, is none here: other platforms and
people would not.
"""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv6Address

_ADDRESS = re.compile(
    r"(?P<scheme>https?|tg|ton|tonsite)://(?P<place>[^/?#]*)(?P<rest>.*)", re.S | re.I
)
_PART = r"(?:[\w.!$,~*'();&+=-]|[^\x00-\x7f]|%[0-9a-fA-F]{2})"
_HOST, _USER = re.compile(f"{_PART}+", re.A), re.compile(f"(?:{_PART}|:)*", re.A)
_INNER = re.compile(r"[a-z0-9_-]+", re.A | re.I)  # of tg:// and the like
_MOST_PORT = 65535
_SCHEME = re.compile(r"[a-z][a-z0-9+-]*:", re.I)


def is_address(url: str) -> bool:
    """Whether Telegram takes it: one bad address would be refused for everybody."""
    found = _ADDRESS.fullmatch(url)
    if found is None:
        return False
    scheme, place = found["scheme"].lower(), found["place"]
    if scheme in {"tg", "ton"}:
        return _INNER.fullmatch(place) is not None
    if scheme == "tonsite":
        return _INNER.fullmatch(place.replace(".", "")) is not None
    user, _, host = place.rpartition("@")
    host, right = _without_port(host)
    return right and _USER.fullmatch(user) is not None and _is_host(host)


def opens(url: str) -> bool:
    """Whether a link in the words would be one there: an address may come without its scheme."""
    return is_address(url if _SCHEME.match(url) else f"http://{url}")


def _without_port(host: str) -> tuple[str, bool]:
    """The host, and whether a port that stands behind it is one."""
    colon = host.rfind(":")
    if colon <= 0 or colon < host.rfind("]"):
        return host, True
    port = host[colon + 1 :]
    right = port.isascii() and port.isdecimal() and 0 < int(port) <= _MOST_PORT
    return host[:colon], right


def _is_host(host: str) -> bool:
    if host.startswith("[") and host.endswith("]"):
        try:
            return bool(IPv6Address(host[1:-1]))
        except AddressValueError:
            return False
    return _HOST.fullmatch(host) is not None and "." in host.strip(".")
