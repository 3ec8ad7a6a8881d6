"""Coming in: codes that strangers bring, the first card of the day, what there is to press."""

from __future__ import annotations

from bot import pasted_code
from bot.chat import Actor, Reply, Request
from bot.handlers import checklist, linking, menu
from bot.handlers.linking import LINK_PREFIX
from bot.handlers.turn import Turn
from bot.views import review_card
from broadcast.context import Core, Event
from broadcast.language import choose, speech
from broadcast.models import Admin, AdminIdentity, Role
from broadcast.services import approval_standing, brake, report, team

CODE_PREFIXES = ("claim-", "invite-", LINK_PREFIX)


def code_in(request: Request) -> str:
    """The code of `/start claim-…` or `/join …`, else an empty string."""
    given = pasted_code.code(request.arguments)
    for prefix in CODE_PREFIXES:
        if given.startswith(prefix):
            return given.removeprefix(prefix)
    return given if request.command == "join" else ""


def brings_code(request: Request) -> bool:
    """Whether it may come from somebody who is no admin (yet)."""
    if request.command == "link":
        return bool(request.arguments.strip())
    return request.command in {"start", "join"} and bool(code_in(request))


async def enter(core: Core, request: Request) -> list[Reply]:
    """Somebody unknown with a code of some kind."""
    return await (linking.redeem if request.command == "link" else join)(core, request)


async def join(core: Core, request: Request) -> list[Reply]:
    if pasted_code.code(request.arguments).startswith(LINK_PREFIX):
        return await linking.redeem(core, request)
    actor: Actor = request.actor
    language = choose(actor.language, core.policy.language)
    admin = await team.join(
        core, code_in(request), frontend=actor.frontend, user_id=actor.user_id,
        conversation=request.conversation, name=actor.name or actor.user_id, language=language,
        timezone=actor.timezone,
    )  # fmt: skip
    await team.profile(
        core, actor.frontend, actor.user_id, language=actor.language, timezone=actor.timezone
    )
    words = speech(admin.language)
    role = words.plain(linking.ROLE_WORDS[Role(admin.role)])
    text = words.say("Welcome, {name}. Your role: *{role}*.", name=admin.name, role=role)
    rows = await menu.rows(core, words, admin)
    return [Reply(text, rows), *await checklist.first(core, words, admin.role)]


async def introduce(core: Core, admin: Admin, identity: AdminIdentity, name: str) -> None:
    """An owner named by the settings has only a number until they first write."""
    if admin.name == identity.user_id and name and name != admin.name:
        admin.name = name
        async with core.store.write() as session:
            if (row := await session.get(Admin, admin.admin_id)) is not None:
                row.name = name


async def start(turn: Turn) -> list[Reply]:
    """The first card of the day: what waits for this person, and everything they can do."""
    if code_in(turn.request):
        return await join(turn.core, turn.request)
    frontend, conversation = turn.request.actor.frontend, turn.request.conversation
    await turn.core.tell(Event("here", detail=f"{frontend} {conversation}"))
    speech, halted = turn.speech, await brake.refresh(turn.core)
    current = await report.current(turn.core)
    waiting = await approval_standing.waiting_for(turn.core, turn.admin, current)
    running = [row for row in current if row.launched_at is not None]
    lines = [speech.say("Hello, {name}. What shall we do?", name=turn.admin.name)]
    if halted is not None:
        lines.insert(0, menu.standing_words(turn.speech, turn.admin, halted))
    if waiting:
        lines.append(
            speech.say_n(
                "{n} broadcast waits for your approval.",
                "{n} broadcasts wait for your approval.",
                len(waiting),
            )
        )
    if running:
        lines.append(
            speech.say_n(
                "{n} broadcast is on its way.", "{n} broadcasts are on their way.", len(running)
            )
        )
    steps = await checklist.first(turn.core, speech, turn.admin.role)
    rows = await menu.rows(turn.core, speech, turn.admin)
    return [Reply(review_card.lines(*lines), rows), *steps]
