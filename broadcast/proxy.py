"""Which proxy a request goes through: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY of the
environment, read once for every library of ours, as each reads them in its own way.

NO_PROXY: names (with all below them), addresses, networks such as 10.0.0.0/8, each perhaps with a
port; `*` is everything. This machine itself is never behind a proxy.
"""

from __future__ import annotations

import os
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit
from urllib.request import getproxies_environment

from broadcast.language import terminal

_PORTS = {"http": 80, "https": 443}
_OWN = ("127.0.0.0/8", "::1")


class BadEnvironment(ValueError):
    """The environment names a proxy, or certificates, that cannot be used; no password is told."""


def proxy_of(address: str) -> str | None:
    """The proxy for this address, as `http://[user:password@]host:port`; None: straight there.
    Raises BadEnvironment for one that is none we can speak to, such as SOCKS."""
    there = urlsplit(address)
    named = getproxies_environment()
    given = (named.get(there.scheme) or named.get("all") or "").strip()
    if not given or _goes_straight(there.hostname or "", _port(address), named.get("no", "")):
        return None
    return _checked(given)


def check() -> None:
    """Raises BadEnvironment when some address could not be reached by what the environment names."""
    for one in ("https://example.org", "http://example.org"):
        proxy_of(one)
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR"):  # as OpenSSL reads them
        path = os.environ.get(name, "")
        if path and not os.path.exists(path):
            raise BadEnvironment(
                terminal().plain(
                    "{name} names {file}, and that is not there.", name=name, file=path
                )
            )


def _checked(given: str) -> str:
    whole = given if "://" in given else f"http://{given}"
    try:
        parts = urlsplit(whole)
        usable = parts.scheme in _PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable, parts = False, urlsplit("")
    if not usable:
        kind = parts.scheme or "?"
        raise BadEnvironment(
            terminal().plain(
                "The environment names a proxy that cannot be used ({kind}://…). HTTPS_PROXY, "
                "HTTP_PROXY and ALL_PROXY take http://host:port; unset them, or name what needs none "
                "in NO_PROXY.",
                kind=kind,
            )
        )
    return whole


def _port(address: str) -> int:
    parts = urlsplit(address)
    try:
        return parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        return 0


def _goes_straight(host: str, port: int, listed: str) -> bool:
    host = host.lower().rstrip(".")
    if host == "localhost" or any(_within(host, own) for own in _OWN):
        return True
    for entry in filter(None, (one.strip().lower() for one in listed.split(","))):
        if entry == "*" or _within(host, entry):
            return True
        name, _, only = entry.rpartition(":") if entry.count(":") == 1 else (entry, "", "")
        if only and only != str(port):
            continue
        name = name.removeprefix("*").strip("[]").strip(".")
        if name and (host == name or host.endswith(f".{name}")):
            return True
    return False


def _within(host: str, entry: str) -> bool:
    """Whether an address is this address, or in this network."""
    try:
        return ip_address(host) in ip_network(entry.strip("[]"), strict=False)
    except (ValueError, TypeError):
        return False
