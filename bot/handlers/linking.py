"""One person on two consoles: what a link would do is said first, and both sides say yes."""

from __future__ import annotations

from bot import pasted_code
from bot.chat import Button, Reply, Request, Rows
from bot.handlers.turn import Turn
from bot.views.review_card import lines
from broadcast.context import Core
from broadcast.errors import Invalid
from broadcast.language import N_, Speech, choose, speech
from broadcast.message import RichText
from broadcast.models import Role
from broadcast.services import admin_links

ROLE_WORDS = {Role.AUTHOR: N_("author"), Role.APPROVER: N_("approver"), Role.OWNER: N_("owner")}
LINK_PREFIX = "link-"
_YES, _NO = "yes", "no"


def account_of(core: Core, request: Request) -> admin_links.Account:
    """Who asks to be linked, whether of the team or not."""
    actor = request.actor
    language = choose(actor.language, core.policy.language)
    return admin_links.Account(
        actor.frontend, actor.user_id, request.conversation, actor.name, language
    )  # fmt: skip


async def redeem(core: Core, request: Request) -> list[Reply]:
    """A code from this person's other console: `CODE` asks, `CODE yes` and `CODE no` answer."""
    first, _, answer = request.arguments.strip().partition(" ")
    given = pasted_code.code(first).removeprefix(LINK_PREFIX)
    account = account_of(core, request)
    admin = request.actor.admin
    words = speech(admin.language if admin else account.language)
    if answer == _NO:
        return [Reply(words.say("Nothing was linked."), replaces=True)]
    if answer == _YES:
        asked = await admin_links.ask(core, given, account)
        text = words.say(
            "Almost done. I have asked {name} in the app where the code was made. Press Yes "
            "there within {n} minutes.",
            name=asked.keeper.name, n=admin_links.LINK_MINUTES,
        )  # fmt: skip
        return [Reply(text, replaces=True)]
    return [_question(words, await admin_links.preview_link(core, given, account), given)]


def _question(words: Speech, offer: admin_links.Offer, given: str) -> Reply:
    """Whose account joins whose, and what becomes of the roles."""
    role = _role(words, offer.keeper.role)
    said: list[RichText | None] = [
        words.say("*Link this account to {name}?*", name=offer.keeper.name),
        words.say(
            "The code is from {name}, *{role}*. If you both say yes, whatever you do here is done as "
            "{name}, as *{role}*.",
            name=offer.keeper.name, role=role,
        ),
    ]  # fmt: skip
    if offer.guest is not None:
        before = _role(words, offer.guest.role)
        said.append(
            words.say(
                "Until now you are {guest}, *{before}*, here. What you wrote and decided goes along.",
                guest=offer.guest.name, before=before,
            )
        )  # fmt: skip
        if offer.guest.role != offer.keeper.role:
            said.append(
                words.say(
                    "⚠️ Your role changes: *{before}* until now, *{role}* afterwards.",
                    before=before, role=role,
                )
            )  # fmt: skip
    said.append(words.say("If somebody else sent you this code, press No."))
    rows: Rows = (
        (Button(words.plain("Yes, link it"), f"link {given} {_YES}"),),
        (Button(words.plain("No"), f"link {given} {_NO}"),),
    )
    return Reply(lines(*said), rows)


def _role(words: Speech, role: str) -> str:
    return words.plain(ROLE_WORDS[Role(role)])


async def link_console(turn: Turn) -> list[Reply]:
    """Without words: a code for the other console. `yes` and `no` answer who opened it there."""
    answer, _, request_id = turn.request.arguments.strip().partition(" ")
    if answer == _YES and request_id:
        done = await admin_links.accept(turn.core, turn.admin, request_id)
        text = turn.speech.say(
            "Done. {name} ({where}) counts as you from now on.",
            name=done.name or done.user_id, where=done.frontend.title(),
        )  # fmt: skip
        return [Reply(text, replaces=True)]
    if answer == _NO and request_id:
        await admin_links.decline(turn.core, turn.admin, request_id)
        text = turn.speech.say("Nothing was linked, and your code no longer works.")
        return [Reply(text, replaces=True)]
    if answer in {_YES, _NO}:
        raise Invalid(N_("This question is no longer open. Get a new code with /link."))
    if answer:
        return await redeem(turn.core, turn.request)
    return [await _code(turn)]


async def _code(turn: Turn) -> Reply:
    code = f"{LINK_PREFIX}{await admin_links.code(turn.core, turn.admin)}"
    text = turn.speech.say(
        "Do you use both Telegram and Slack? In the other one, open the link (Telegram) or "
        "write the line (Slack) within {n} minutes. It works once, and I ask you here before "
        "anything is joined. Do not pass it on: whoever uses it asks to act as you.\n{link}",
        n=admin_links.LINK_MINUTES,
        link=turn.request.join_link.replace("{code}", code) or f"/start {code}",
    )
    return Reply(text)
