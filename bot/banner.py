"""What `tellal run` shows at a terminal once it runs: who we are, where, and for whom."""

from __future__ import annotations

from typing import Any

from bot.bootstrap import House
from bot.settings import DEFAULT
from bot.terminal import version
from broadcast.language import channel_label, terminal


async def banner(house: House) -> str:
    """A line for each thing whoever starts it wants to see."""
    say, settings = terminal().plain, house.settings
    bots = [
        (channel_label(name), account, str(getattr(one, "username", "")))
        for (name, account), one in house.core.channels.items()
    ]
    http = settings.http
    rows = [
        (say("Channels"), ", ".join(_named(*bot) for bot in bots)),
        (say("Console"), ", ".join(map(_console, house.switchboard.consoles))),
        (
            say("Subscribers begin at"),
            ", ".join(f"https://t.me/{bot}" for _, _, bot in bots if bot),
        ),
        (say("Web server"), http.public_url or f"http://{http.host}:{_port(house)}"),
        (say("Watched at"), _watched(house)),
    ]
    width = max(len(label) for label, value in rows if value)
    lines = [f"  {label:<{width}}  {value}" for label, value in rows if value]
    return "\n".join([f"Tellal {version()} · {settings.sender_name}", *lines])


def _port(house: House) -> int:
    """As it was set; 0 means whichever the system gave."""
    addresses = house.web[-1].addresses if house.web else []
    return house.settings.http.port or (addresses[0][1] if addresses else 0)


def _named(label: str, account: str, bot: str) -> str:
    name = label if account == DEFAULT else f"{label} ({account})"
    return f"{name} @{bot}" if bot else name


def _console(one: Any) -> str:
    return channel_label(one.name) + (f" ({one.shared})" if one.shared else "")


def _watched(house: House) -> str:
    http = house.settings.http
    if not http.metrics_port:
        return ""
    return f"http://{http.metrics_host}:{http.metrics_port}/metrics (tellal top)"
