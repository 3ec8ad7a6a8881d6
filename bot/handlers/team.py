"""People: joining, inviting, removing, languages, and what there is to press."""

from __future__ import annotations

from bot.chat import Actor, Button, Reply, Request, Rows
from bot.handlers import card, sure
from bot.handlers.turn import Turn
from broadcast.core import Core
from broadcast.errors import Invalid
from broadcast.language import N_, Speech, choose, speech
from broadcast.message import RichText
from broadcast.models import Admin, AdminIdentity, Role
from broadcast.services import link, report, standing, team

ROLE_WORDS = {Role.AUTHOR: N_("author"), Role.APPROVER: N_("approver"), Role.OWNER: N_("owner")}
LINK_PREFIX = "link-"
CODE_PREFIXES = ("claim-", "invite-", LINK_PREFIX)


def code_in(request: Request) -> str:
    """The code of `/start claim-…` or `/join …`, else an empty string."""
    given = request.arguments.strip()
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
    return await (redeem if request.command == "link" else join)(core, request)


async def join(core: Core, request: Request) -> list[Reply]:
    if request.arguments.strip().startswith(LINK_PREFIX):
        return await redeem(core, request)
    actor: Actor = request.actor
    language = choose(actor.language, core.policy.language)
    admin = await team.join(
        core, code_in(request), frontend=actor.frontend, user_id=actor.user_id,
        conversation=request.conversation, name=actor.name or actor.user_id, language=language,
        timezone=actor.timezone,
    )  # fmt: skip
    await _follow_platform(core, actor)
    words = speech(admin.language)
    role = words.plain(ROLE_WORDS[Role(admin.role)])
    text = words.say("Welcome, {name}. You are now *{role}*.", name=admin.name, role=role)
    return [Reply(text, menu(words, admin))]


async def introduce(core: Core, admin: Admin, identity: AdminIdentity, name: str) -> None:
    """An owner named by the settings has only a number until they first write."""
    if admin.name == identity.user_id and name and name != admin.name:
        admin.name = name
        async with core.store.write() as session:
            if (row := await session.get(Admin, admin.admin_id)) is not None:
                row.name = name


async def _follow_platform(core: Core, actor: Actor) -> None:
    await team.profile(
        core, actor.frontend, actor.user_id, language=actor.language, timezone=actor.timezone
    )


async def redeem(core: Core, request: Request) -> list[Reply]:
    """A code from this person's other console."""
    actor = request.actor
    admin = await link.redeem(
        core, request.arguments.strip().removeprefix(LINK_PREFIX), frontend=actor.frontend,
        user_id=actor.user_id, conversation=request.conversation,
    )  # fmt: skip
    await _follow_platform(core, actor)
    words = speech(admin.language)
    role = words.plain(ROLE_WORDS[Role(admin.role)])
    text = words.say("Done, {name}. Here you are *{role}* too now.", name=admin.name, role=role)
    return [Reply(text, menu(words, admin))]


async def link_console(turn: Turn) -> list[Reply]:
    """Without a code: one for the other console. With one: this console is theirs too."""
    if turn.request.arguments.strip():
        return await redeem(turn.core, turn.request)
    code = f"{LINK_PREFIX}{await link.code(turn.core, turn.admin)}"
    text = turn.speech.say(
        "Use both Telegram and Slack? Open the link on Telegram, or write the line in Slack, "
        "whichever is the other one, within {n} minutes. It works once. Do not pass it on: whoever "
        "uses it becomes you.\n{link}",
        n=link.LINK_MINUTES,
        link=turn.request.join_link.replace("{code}", code) or f"/start {code}",
    )
    return [Reply(text)]


def menu(words: Speech, admin: Admin) -> Rows:
    """The commands worth a button on an empty day; `menu` has them all."""
    looking = (Button(words.plain("Status"), "status"), Button(words.plain("Reports"), "report"))
    house = (
        Button(words.plain("Team"), "team"),
        Button(words.plain("Language"), "language"),
        Button(words.plain("More"), "menu"),
    )
    if admin.role not in {Role.AUTHOR, Role.OWNER}:
        return (looking, house)
    writing = (Button(words.plain("New broadcast"), "new"), Button(words.plain("Drafts"), "drafts"))
    return (writing, looking, house)


async def start(turn: Turn) -> list[Reply]:
    """The first card of the day: what waits for this person, and everything they can do."""
    if code_in(turn.request):
        return await join(turn.core, turn.request)
    speech, rows = turn.speech, menu(turn.speech, turn.admin)
    current = await report.current(turn.core)
    waiting = await standing.waiting_for(turn.core, turn.admin, current)
    running = [row for row in current if row.launched_at is not None]
    lines = [speech.say("Hello, {name}. What shall we do?", name=turn.admin.name)]
    if waiting:
        lines.append(
            speech.say_n(
                "{n} broadcast waits for your approval.",
                "{n} broadcasts wait for your approval.",
                len(waiting),
            )
        )
        rows = ((Button(speech.plain("Waiting for approval"), "approve"),), *rows)
    if running:
        lines.append(
            speech.say_n(
                "{n} broadcast is on its way.", "{n} broadcasts are on their way.", len(running)
            )
        )
    return [Reply(card.lines(*lines), rows)]


async def show(turn: Turn) -> list[Reply]:
    words = turn.speech
    people = await team.members(turn.core)
    rows = [
        words.say("· {name}, {role}", name=p.name, role=words.plain(ROLE_WORDS[Role(p.role)]))
        for p in people
    ]
    text = card.lines(words.say("*Team*"), *rows)
    if turn.admin.role != Role.OWNER:
        return [Reply(text)]
    invite = tuple(
        Button(words.plain("Invite: {role}", role=words.plain(said)), f"invite {role.value}")
        for role, said in ROLE_WORDS.items()
    )
    remove = tuple(
        (Button(words.plain("Remove {name}", name=p.name), f"remove {p.admin_id}"),)
        for p in people
        if p.admin_id != turn.admin.admin_id
    )
    return [Reply(text, (*((one,) for one in invite), *remove))]


async def invite(turn: Turn) -> list[Reply]:
    wanted = turn.request.arguments.strip().lower() or Role.AUTHOR.value
    if wanted not in {role.value for role in Role}:
        raise Invalid(N_("A role is `author`, `approver` or `owner`."))
    code = f"invite-{await team.invite(turn.core, turn.admin, Role(wanted))}"
    link = turn.request.join_link.replace("{code}", code) or f"/start {code}"
    text = turn.speech.say(
        "Send this to the new {role}. It works once, for three days:\n{link}",
        role=turn.speech.plain(ROLE_WORDS[Role(wanted)]),
        link=link,
    )
    return [Reply(text)]


async def remove(turn: Turn) -> list[Reply]:
    if not turn.words or not turn.words[0].isdecimal():
        raise Invalid(N_("Please choose whom to remove with the buttons of /team."))
    wanted = int(turn.words[0])
    person = next((p for p in await team.members(turn.core) if p.admin_id == wanted), None)
    if person is not None and person.admin_id != turn.admin.admin_id and not sure.agreed(turn):
        label = turn.speech.plain("Remove {name}", name=person.name)
        return [sure.ask(turn, wanted, RichText(text=person.name), label, "team")]
    gone = await team.remove(turn.core, turn.admin, wanted)
    say = turn.speech.say
    text = say("{name} is no longer in the team.", name=gone.name)
    if gone.role == Role.OWNER:
        text = card.lines(
            text,
            say(
                "If TELLAL_OWNERS names them, take them out there too, or they come back with the next start."
            ),
        )
    return [Reply(text, replaces=True)]
