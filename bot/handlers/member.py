"""The team: who is in it, with which role, who is invited, and how it came to be so."""

from __future__ import annotations

from bot.chat import Button, Reply, Rows
from bot.handlers import confirm
from bot.handlers.linking import ROLE_WORDS
from bot.handlers.turn import Turn
from bot.views import review_card
from bot.views.quotes import quoted
from broadcast.errors import Invalid
from broadcast.language import N_, Speech
from broadcast.message import RichText
from broadcast.models import Admin, Role
from broadcast.services import code, team, team_history

PAGE = 20
HISTORY = "history"


def role_words(words: Speech, role: str) -> str:
    """A role as its reader calls it; whatever else it may be as it is."""
    return words.plain(ROLE_WORDS[Role(role)]) if role in set(Role) else role


async def show(turn: Turn) -> list[Reply]:
    """`/team`: everybody; `/team 3`: one person; `/team history 2`: how it came to be so."""
    head = turn.words[0].lower() if turn.words else ""
    if head == HISTORY:
        return [await _history(turn)]
    if head.isdecimal():
        return [_page(turn, await _member(turn))]
    return [await _everybody(turn)]


async def _everybody(turn: Turn) -> Reply:
    words = turn.speech
    people = await team.members(turn.core)
    rows = [
        words.say("· {name}, {role}", name=p.name, role=role_words(words, p.role)) for p in people
    ]
    text = review_card.lines(words.say("*Team*"), *rows)
    past = (Button(words.plain("History"), f"team {HISTORY}"),)
    if turn.admin.role != Role.OWNER:
        return Reply(text, (past,))
    invite = tuple(
        (Button(words.plain("Invite: {role}", role=words.plain(said)), f"invite {role.value}"),)
        for role, said in ROLE_WORDS.items()
    )
    opened = len(await code.open_invitations(turn.core))
    waiting = (Button(words.plain("Open invitations: {n}", n=opened), "invitations"),)
    each = tuple((Button(p.name, f"team {p.admin_id}"),) for p in people)
    return Reply(text, (*each, *invite, waiting, past))


async def _member(turn: Turn) -> Admin:
    wanted = int(turn.words[0]) if turn.words and turn.words[0].isdecimal() else 0
    person = next((p for p in await team.members(turn.core) if p.admin_id == wanted), None)
    if person is None:
        raise Invalid(N_("There is no such person in the team. /team shows who is."))
    return person


def _page(turn: Turn, person: Admin) -> Reply:
    words = turn.speech
    since = words.moment(person.created_at, turn.admin.timezone)
    text = review_card.lines(
        words.say("*{name}*, {role}", name=person.name, role=role_words(words, person.role)),
        words.say("Known here since {when}", when=since),
    )
    back: Rows = ((Button(words.plain("Back"), "team"),),)
    if turn.admin.role != Role.OWNER:
        return Reply(text, back, replaces=True)
    label = N_("Change to: {role}")
    if person.admin_id == turn.admin.admin_id:
        label = N_("Step down to: {role}")
    roles = tuple(
        (
            Button(
                words.plain(label, role=words.plain(said)), f"role {person.admin_id} {role.value}"
            ),
        )
        for role, said in ROLE_WORDS.items()
        if role != person.role
    )
    gone: Rows = ()
    if person.admin_id != turn.admin.admin_id:
        remove = words.plain("Remove {name}", name=person.name)
        gone = ((Button(remove, f"remove {person.admin_id}"),),)
    return Reply(text, (*roles, *gone, *back), replaces=True)


async def invite(turn: Turn) -> list[Reply]:
    wanted = turn.request.arguments.strip().lower() or Role.AUTHOR.value
    made = await code.invite(turn.core, turn.admin, _role(wanted))
    carried = f"invite-{made}"
    link = turn.request.join_link.replace("{code}", carried) or f"/start {carried}"
    text = turn.speech.say(
        "Send this to the new {role}. It works once, for three days:\n{link}",
        role=role_words(turn.speech, wanted),
        link=link,
    )
    return [Reply(text)]


def _role(wanted: str) -> Role:
    if wanted not in {role.value for role in Role}:
        raise Invalid(N_("A role is `author`, `approver` or `owner`."))
    return Role(wanted)


async def invitations(turn: Turn) -> list[Reply]:
    """Those that still work, to be taken back; never the code itself."""
    return [await _invitations(turn)]


async def _invitations(turn: Turn, *said: RichText) -> Reply:
    words, zone = turn.speech, turn.admin.timezone
    found = await code.open_invitations(turn.core)
    rows = [
        words.say(
            "{n}. {role}, by {name}, until {when}", n=n, role=role_words(words, row.role),
            name=name, when=words.moment(row.expires_at, zone),
        )
        for n, (row, name) in enumerate(found, 1)
    ]  # fmt: skip
    head = words.say("*Open invitations*") if rows else words.say("No invitation is open.")
    buttons = tuple(
        (
            Button(
                words.plain("Take back {n}: {role}", n=n, role=role_words(words, row.role)),
                f"revoke {row.code_hash[: code.NAMED]}",
            ),
        )
        for n, (row, _) in enumerate(found, 1)
    )
    back = (Button(words.plain("Team"), "team"),)
    return Reply(review_card.lines(*said, head, *rows), (*buttons, back), replaces=True)


async def revoke(turn: Turn) -> list[Reply]:
    gone = await code.revoke(turn.core, turn.admin, turn.words[0] if turn.words else "")
    said = turn.speech.say(
        "Taken back: the invitation for the {role} no longer works.",
        role=role_words(turn.speech, gone.role),
    )
    return [await _invitations(turn, said)]


async def role(turn: Turn) -> list[Reply]:
    """`/role 3 approver`: asked once more, then everybody concerned is told."""
    if len(turn.words) < 2:  # noqa: PLR2004
        raise Invalid(N_("Please choose the person and their role with the buttons of /team."))
    person, wanted = await _member(turn), _role(turn.words[1].lower())
    words = turn.speech
    says = {"name": person.name, "before": role_words(words, person.role),
            "role": role_words(words, wanted)}  # fmt: skip
    if turn.words[-1] != confirm.NOW and person.role != wanted:
        what = words.say("{name}: {before} until now, *{role}* from now on", **says)
        label = words.plain("Change to: {role}", **says)
        line = f"{person.admin_id} {wanted.value}"
        return [confirm.ask(turn, line, what, label, f"team {person.admin_id}")]
    await team.set_role(turn.core, turn.admin, person.admin_id or 0, wanted)
    return [Reply(words.say("{name} has a new role: *{role}*.", **says), replaces=True)]


async def remove(turn: Turn) -> list[Reply]:
    if not turn.words or not turn.words[0].isdecimal():
        raise Invalid(N_("Please choose whom to remove with the buttons of /team."))
    wanted = int(turn.words[0])
    person = next((p for p in await team.members(turn.core) if p.admin_id == wanted), None)
    if (
        person is not None
        and person.admin_id != turn.admin.admin_id
        and not confirm.has_agreed(turn)
    ):
        label = turn.speech.plain("Remove {name}", name=person.name)
        return [confirm.ask(turn, wanted, RichText(text=person.name), label, "team")]
    gone = await team.remove(turn.core, turn.admin, wanted)
    say = turn.speech.say
    said = [say("{name} is no longer in the team.", name=gone.name)]
    if gone.role == Role.OWNER:
        said.append(
            say(
                "If TELLAL_OWNERS names them, take them out there too, or they come back with the next start."
            )
        )
    opened = len(await code.open_invitations(turn.core))
    rows: Rows = ()
    if opened:  # one of them may be in their hands
        said.append(
            turn.speech.say_n(
                "{n} invitation is still open. Take back what they should not have.",
                "{n} invitations are still open. Take back what they should not have.",
                opened,
            )
        )
        rows = ((Button(turn.speech.plain("Open invitations: {n}", n=opened), "invitations"),),)
    return [Reply(review_card.lines(*said), rows, replaces=True)]


_HISTORY = {
    "claim_code": N_("somebody at the terminal made a claim code"),
    "claimed": N_("{by} claimed this Tellal and became owner"),
    "appointed": N_("{by} became owner by the settings"),
    "invited": N_("{by} invited somebody as {role}"),
    "invitation_revoked": N_("{by} took back {about}'s invitation for {role}"),
    "joined": N_("{by} joined as {role}, invited by {about}"),
    "role": N_("{by} changed the role of {about} from {before} to {role}"),
    "removed": N_("{by} took {about} out of the team"),
    "left": N_("{by} has no account there any more: {detail}"),
    "link_code": N_("{by} asked for a code to link another app"),
    "link_asked": N_("somebody used the link code of {about}: {detail}"),
    "link_refused": N_("{by} said no to a link: {detail}"),
    "linked": N_("{by} linked another app: {detail}"),
    "wrong_codes": N_("wrong codes in a row: {detail}"),
    "alone": N_("{by} chose to work alone and may approve their own broadcasts"),
    "together": N_("two people decide again: working alone has ended"),
    "house_named": N_("{by} changed the name subscribers see to {detail}"),
    "house_privacy": N_("{by} changed the privacy page to {detail}"),
    "halted": N_("{by} stopped everything"),
    "lifted": N_("{by} let everything go on"),
}


async def _history(turn: Turn) -> Reply:
    words = turn.speech
    wanted = turn.words[1] if len(turn.words) > 1 else "1"
    number = max(1, min(int(wanted[:6]), 10**6)) if wanted.isdecimal() else 1
    found, pages = await team_history.page(turn.core, number, PAGE)
    number = min(number, pages)
    rows = [
        words.say(
            "{when}: {what}", when=words.moment(one.at, turn.admin.timezone), what=_what(words, one)
        )
        for one in found
    ]
    where = words.say("Page {page} of {pages}", page=number, pages=pages) if pages > 1 else None
    leaf = tuple(
        Button(words.plain(label), f"team {HISTORY} {to}")
        for label, to in ((N_("Back"), number - 1), (N_("More"), number + 1))
        if 0 < to <= pages
    )
    text = review_card.lines(words.say("*History of the team*, newest first"), *rows, where)
    team_button = (Button(words.plain("Team"), "team"),)
    return Reply(text, (*((leaf,) if leaf else ()), team_button), replaces=pages > 1)


def _what(words: Speech, one: team_history.Line) -> str:
    before, _, after = one.detail.partition(" ")
    return words.plain(
        _HISTORY[one.action],
        by=one.by or "Tellal", about=one.about or one.detail or "?",
        detail=quoted(one.detail) if one.detail else "",
        before=role_words(words, before), role=role_words(words, after or before),
    )  # fmt: skip
