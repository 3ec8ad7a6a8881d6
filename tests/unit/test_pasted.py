"""Codes as telephones, terminals and chats hand them on."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot import pasted_code
from bot.chat import Actor, Request
from bot.handlers.team import brings_code, code_in
from tests.unit.desk import Desk

CODE = "invite-k7mq2x9w4hjb3ta"


@pytest.mark.parametrize(
    "given",
    [
        CODE, f" {CODE}\n", f"`{CODE}`", f"“{CODE}”", f"({CODE}).", f"<{CODE}>", f"*{CODE}*",
        f"«{CODE}»", CODE.replace("-", "–"), CODE.replace("-", "\u2011"), f"\u200e{CODE}\u200b",
        CODE.replace("invite", "Invite"), CODE.replace("invite", "INVITE"), f"{CODE}…", f"{CODE},",
        CODE.replace("q2", "q\u00ad2"),
    ],
)  # fmt: skip
def test_what_stands_around_a_code_is_not_of_it(given: str) -> None:
    assert pasted_code.code(given) == CODE
    asked = Request(Actor("telegram", "1"), "1", "start", given)
    assert brings_code(asked) and code_in(asked) == CODE.removeprefix("invite-")


@pytest.mark.parametrize("given", ["", "-", "hello", "re-invite", "claim", "invitation-7"])
def test_other_words_are_no_code(given: str) -> None:
    assert not brings_code(Request(Actor("telegram", "1"), "1", "start", given))


async def test_a_code_is_the_same_in_large_letters_and_nothing_in_it_looks_alike(
    desk: Desk,
) -> None:
    for name in ("guest", "other"):
        made = (await desk.says("owner", "/invite author")).split()[-1]
        secret = made.partition("invite-")[2]
        assert len(secret) == 15 and not set(secret) & set("0O1Il-_") and secret == secret.lower()
        typed = f"Invite-{secret.upper()}" if name == "guest" else f"invite-{secret}."
        assert "Welcome" in await desk.says(name, f"/start {typed}")
        assert "no longer works" in await desk.says("third", f"/start {made}"), "once"
        desk.house.now += timedelta(hours=1)
