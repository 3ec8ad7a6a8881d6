"""The town `tellal demo` shows: its team, its crowd, and the platforms they are on."""

from __future__ import annotations

from collections.abc import Callable

import aiohttp

from broadcast.language import terminal
from lab.processes import TOKEN, Processes
from sandbox.joining import NONE
from sandbox.meta_stage import VERIFY_TOKEN, MetaStage
from sandbox.scenario import APPROVER, AUTHOR

_ZONE = "Europe/Istanbul"
_IN_SLACK = ("U0ECE", "U0MERT")
_OWNERS = (f"telegram:{AUTHOR}", f"telegram:{APPROVER}", *(f"slack:{user}" for user in _IN_SLACK))
# A person costs two answers: Telegram's 30 a second leave room for the visitor's own.
_JOIN_PER_SECOND = {"telegram": 10, "whatsapp": 3, "messenger": 2}
_META_SHARES = {"whatsapp": 0.2, "messenger": 0.1}


def settings(sandbox: str, language: str) -> dict[str, str]:
    """The settings of the town's product."""
    return platforms(sandbox) | {
        "TELLAL_OWNERS": ",".join(_OWNERS),
        "TELLAL_UNDO_HOLD_SECONDS": "10",
        "TELLAL_LANGUAGE": language,
        "TELLAL_TIMEZONE": _ZONE,
    }


def platforms(sandbox: str) -> dict[str, str]:
    """Where the stand-ins of Slack and of Meta are, and the ids and tokens they know
    (docs/sandbox.md)."""
    return {
        "TELLAL_SLACK__BOT_TOKEN": "xoxb-1-2-demo",
        "TELLAL_SLACK__APP_TOKEN": "xapp-1-A0-demo",
        "TELLAL_SLACK__CHANNEL": "C0BROADCASTS",
        "TELLAL_SLACK__API_URL": f"{sandbox}/slack/api/",
        "TELLAL_WHATSAPP__PHONE_NUMBER_ID": "100000000000001",
        "TELLAL_WHATSAPP__BUSINESS_ACCOUNT_ID": "200000000000002",
        "TELLAL_WHATSAPP__ACCESS_TOKEN": "EAAsandboxWhatsApp",
        "TELLAL_WHATSAPP__APP_SECRET": "sandbox-whatsapp-secret",
        "TELLAL_WHATSAPP__VERIFY_TOKEN": VERIFY_TOKEN,
        "TELLAL_WHATSAPP__API_URL": f"{sandbox}/graph/whatsapp",
        "TELLAL_MESSENGER__PAGE_ID": "600000000000006",
        "TELLAL_MESSENGER__ACCESS_TOKEN": "EAAsandboxMessenger",
        "TELLAL_MESSENGER__APP_SECRET": "sandbox-messenger-secret",
        "TELLAL_MESSENGER__VERIFY_TOKEN": VERIFY_TOKEN,
        "TELLAL_MESSENGER__API_URL": f"{sandbox}/graph/messenger",
    }


async def open_town(
    processes: Processes, people: int, language: str, say: Callable[[str], object]
) -> None:
    """The team is there before the bot, so that it finds their chats; then the crowd comes. `say`
    is told each step."""
    words = terminal()
    say(words.plain("1/3  The simulated Telegram, WhatsApp, Messenger and Slack start"))
    await processes.open_sandbox()
    story = MetaStage(url=processes.url)
    async with aiohttp.ClientSession() as story.client:
        await story.ask("bots", token=TOKEN, username="town_hall_bot", name="Town Hall")
        for number, name in ((AUTHOR, "Ayşe Yılmaz"), (APPROVER, "Murat Demir")):
            await story.ask("people", id=number, name=name, language=language, timezone=_ZONE)
        for user in _IN_SLACK:
            locale = "tr-TR" if language == "tr" else "en-US"
            await story.ask("members", channel="slack", user=user, locale=locale)
        await story.ask("start", people=[AUTHOR, APPROVER])
        say(words.plain("2/3  Tellal starts"))
        await processes.start()
        say(words.say_n("3/3  {n} person joins", "3/3  {n} people join", people).text)
        await _let_in(story, processes.product_url, people)


async def _let_in(story: MetaStage, product_url: str, people: int) -> None:
    """Everybody comes by their own door: most by Telegram, some by the other two."""
    counts = {channel: round(people * share) for channel, share in _META_SHARES.items()}
    counts = {"telegram": people - sum(counts.values()), **counts}
    await story.webhooks(product_url)
    offset = 0
    for channel, count in counts.items():
        if count:
            await story.ask(
                "crowd", channel=channel, offset=offset, count=count, opt_in_share=0.9,
                rate=_JOIN_PER_SECOND[channel], button=NONE if channel == "whatsapp" else "s:in",
            )  # fmt: skip
        offset += count
