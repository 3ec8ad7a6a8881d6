"""The command table, and the one path from a request to replies: permission, errors, focus."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot import command_names
from bot.chat import Button, Reply, Request, Rows, each_once
from bot.handlers import (
    admin_stop,
    after_refusal,
    checklist,
    choose,
    compose,
    control,
    correct,
    edited,
    halt,
    help,
    home,
    linking,
    member,
    menu,
    missed,
    newcomers,
    preview,
    preview_as,
    profile,
    report,
    retry,
    reuse,
    review,
    safety,
    schedule,
    share,
    subscribers,
    team,
    template,
    unasked_content,
    window,
)
from bot.handlers.turn import Turn, WhichOne
from bot.views import forms
from broadcast.context import Core
from broadcast.errors import CannotDo, NotFound, TooLate
from broadcast.language import N_, Speech, speech
from broadcast.language import choose as choose_language
from broadcast.message import Message
from broadcast.models import Admin, AdminIdentity, Role
from broadcast.services import team as people
from broadcast.services.code import Unanswered
from broadcast.services.idempotency import Again, Key, once
from broadcast.services.idempotency import acted as known_event
from broadcast.store.storage_errors import is_storage_trouble

log = structlog.get_logger()
Handler = Callable[[Turn], Awaitable[list[Reply]]]
Check = Callable[[Turn], Awaitable[forms.Errors]]

_ALL = frozenset(Role)
_WRITE = frozenset({Role.AUTHOR, Role.OWNER})
_DECIDE = frozenset({Role.APPROVER, Role.OWNER})
_OWN = frozenset({Role.OWNER})
_TAKES = {
    checklist.ASKING: checklist.take,
    share.ASKING: share.take,
    preview_as.ASKING: preview_as.take,
}
_LOOKS = 3  # at who somebody is, while that changes under our hands
_NOT_HERE = N_(
    "You are no longer in this team, so that did nothing. An owner can invite you again."
)
_HALTED_FOR_NOW = N_(
    "🛑 Everything is stopped. I cannot save that yet (the disk is full or the database is "
    "busy) and keep trying. Please do not restart me until I say that it is saved."
)
_NOT_YOURS = N_("Your role does not allow that. An owner can change it with /team.")


@dataclass(frozen=True, slots=True)
class Command:
    """One row of the table. `listed`: shown in the platform's own command menu.

    `check`: what is wrong with the values of a form that would run it, before it does.
    """

    name: str
    handler: Handler
    roles: frozenset[Role]
    description: str
    aliases: tuple[str, ...] = ()
    listed: bool = True
    check: Check | None = None


async def _help(turn: Turn) -> list[Reply]:
    """`/help schedule`: that command; else the table, as far as this person may use it."""
    able = listed(Role(turn.admin.role))
    if not turn.words:
        return [help.overview(turn, able, await _jobs(turn))]
    row = _row(turn.words[0])
    if row is None:
        return [help.unknown(turn, turn.words[0], able)]
    if turn.admin.role not in row.roles:
        return [Reply(turn.speech.say(_NOT_YOURS), await _jobs(turn))]
    return [help.explained(turn, row)]


async def _menu(turn: Turn) -> list[Reply]:
    """What fits now; `menu all`: every command this person may use."""
    if turn.rest() == "all":
        return menu.everything(turn.speech, listed(Role(turn.admin.role)))
    return [await menu.greeting(turn)]


async def _jobs(turn: Turn) -> Rows:
    return await menu.rows(turn.core, turn.speech, turn.admin)


COMMANDS: tuple[Command, ...] = (
    Command("new", compose.new, _WRITE, N_("write a new broadcast"), ("compose",)),
    Command("drafts", compose.drafts, _WRITE, N_("your drafts")),
    Command("shelf", reuse.shelf, _WRITE, N_("earlier posts, to use again")),
    Command("reuse", reuse.use_again, _WRITE, N_("a new draft of an earlier one"), listed=False),
    Command("takeback", reuse.takeback, _WRITE, N_("make it a draft again"), listed=False),
    Command(
        "versions", unasked_content.list_versions, _WRITE, N_("what it said before"), listed=False
    ),
    Command(
        "putback", unasked_content.putback, _WRITE, N_("put an earlier version back"), listed=False
    ),
    Command("place", unasked_content.place, _WRITE, N_("say what a message is"), listed=False),
    Command("open", compose.open_draft, _ALL, N_("go on with a draft"), listed=False),
    Command("content", compose.content, _WRITE, N_("replace the message"), listed=False),
    Command(
        "save", compose.save, _WRITE, N_("save what the form says"), listed=False, check=forms.check
    ),
    Command(
        "button", compose.button, _WRITE, N_("add a link button"), listed=False, check=forms.check
    ),
    Command("audience", compose.audience, _WRITE, N_("choose who receives it")),
    Command(
        "outside", window.outside, _WRITE, N_("choose about those silent for a day"), listed=False
    ),
    Command("overflow", window.overflow, _WRITE, N_("choose about the daily limit"), listed=False),
    Command("newcomers", newcomers.choose, _WRITE, N_("let newcomers ask for it"), listed=False),
    Command("templates", template.templates, _WRITE, N_("texts the platforms approve")),
    Command("preview", preview.preview, _ALL, N_("see it as a subscriber will")),
    Command("test", preview.test, _ALL, N_("send it to yourself")),
    Command(
        "schedule", schedule.set_time, _WRITE, N_("choose when it goes out"), check=forms.check
    ),
    Command("canary", safety.canary, _ALL, N_("let a few go first")),
    Command("submit", review.submit, _WRITE, N_("ask for approval")),
    Command("delete", compose.delete, _WRITE, N_("delete a draft"), listed=False),
    Command("approve", review.approve, _ALL, N_("approve a broadcast")),
    Command("reject", review.reject, _ALL, N_("send a broadcast back"), check=forms.check),
    Command("halt", halt.halt_now, _ALL, N_("stop everything, now")),
    Command("lift", halt.lift, _ALL, N_("let everything go on"), listed=False),
    Command("stop", admin_stop.stop, _ALL, N_("say what to stop"), listed=False),
    Command("keep", control.keep, _ALL, N_("do not cancel it after all"), listed=False),
    Command("home", home.show, _ALL, N_("everything at a glance")),
    Command("status", control.status, _ALL, N_("what is on its way")),
    Command("pause", control.pause, _ALL, N_("pause sending")),
    Command("resume", control.resume, _ALL, N_("go on sending")),
    Command("correct", correct.begin, _WRITE, N_("correct what is being sent")),
    Command("cancel", control.cancel, _ALL, N_("cancel a broadcast for good")),
    Command("sendnow", control.send_now, _DECIDE, N_("start a late one"), listed=False),
    Command(
        "settle",
        control.settle,
        _DECIDE,
        N_("decide about those who may have missed it"),
        listed=False,
    ),
    Command("report", report.show, _ALL, N_("what became of it")),
    Command("missed", missed.show, _ALL, N_("who missed it, and why")),
    Command("retry", retry.try_again, _DECIDE, N_("try the failed ones again")),
    Command("history", report.history, _ALL, N_("who did what")),
    Command("subscribers", subscribers.show, _ALL, N_("how many subscribers there are")),
    Command("share", share.share, _ALL, N_("your link, and posters with it"), check=share.check),
    Command("poster", share.poster, _ALL, N_("a poster to hang up"), listed=False),
    Command("checklist", checklist.show, _OWN, N_("the first steps"), check=checklist.check),
    Command("team", member.show, _ALL, N_("who is in the team")),
    Command("invite", member.invite, _OWN, N_("invite somebody"), listed=False),
    Command("invitations", member.invitations, _OWN, N_("invitations still open"), listed=False),
    Command("revoke", member.revoke, _OWN, N_("take an invitation back"), listed=False),
    Command("role", member.role, _OWN, N_("change somebody's role"), listed=False),
    Command("remove", member.remove, _OWN, N_("remove somebody"), listed=False),
    Command("language", profile.language, _ALL, N_("choose your language")),
    Command("timezone", profile.timezone, _ALL, N_("choose your time zone")),
    Command("link", linking.link_console, _ALL, N_("use Telegram and Slack as one person")),
    Command("help", _help, _ALL, N_("what I can do")),
    Command("menu", _menu, _ALL, N_("everything, as buttons"), listed=False),
    Command("start", team.start, _ALL, N_("begin"), ("join",), listed=False),
)
_BY_NAME = {name: row for row in COMMANDS for name in (row.name, *row.aliases)}
menu.commands.update(row.name for row in COMMANDS)


def _row(word: str) -> Command | None:
    """What was typed, in any language, with or without its slash, dots and accents."""
    name = command_names.folded(word)
    return _BY_NAME.get(name) or _BY_NAME.get(command_names.by_name().get(name, ""))


def named(word: str) -> str:
    """The command somebody means by a word; empty: none of ours."""
    row = _row(word)
    return row.name if row is not None else ""


def takes_text(command: str) -> bool:
    """Whether what is written behind it is a message, with its formatting."""
    return named(command) == "new"


def listed(role: Role) -> list[Command]:
    """What belongs in the platform's command menu for such a person."""
    return [row for row in COMMANDS if row.listed and role in row.roles]


async def handle(core: Core, request: Request) -> list[Reply]:
    """What to answer. Strangers get nothing, except with a claim or invitation code.

    Acts once per `event_id`, all or nothing: handlers need not think of redelivery. Whoever acts
    is looked up again where it is decided, before anything is written: who was removed meanwhile
    acts on nothing, who has another role now acts by that one.
    """
    actor = request.actor
    speaks = speech(choose_language(actor.language, core.policy.language))
    known = None
    try:
        for _ in range(_LOOKS):
            before, known = known, await people.who(core, actor.frontend, actor.user_id)
            if known is None and not team.brings_code(request):
                return await _not_of_the_team(core, request, before)
            if known is not None:
                speaks = speech(known[0].language)
            try:
                return await _once(core, request, known, speaks)
            except people.RightsChanged:
                continue
        return [_broke(speaks)]
    except Again as again:
        return [_interrupted(speaks)] if again.interrupted else []
    except Exception as error:
        if is_storage_trouble(error):
            log.error("turn_not_saved", command=request.command, error=type(error).__name__)
            if core.brake.pulled and named(request.command) == "halt":
                return [Reply(speaks.say(_HALTED_FOR_NOW))]
            text = speaks.say(
                "I cannot save anything right now: the disk is full or the database is busy. "
                "Nothing was changed. Please send it again in a few minutes."
            )
            return [Reply(text, notice=text.text[:190])]
        log.exception("turn_failed", command=request.command, frontend=actor.frontend)
        return [_broke(speaks)]


async def _once(
    core: Core, request: Request, known: tuple[Admin, AdminIdentity] | None, speaks: Speech
) -> list[Reply]:
    actor = request.actor

    async def still(session: AsyncSession) -> None:
        if known is not None:
            await people.unchanged(session, actor.frontend, actor.user_id, known[0])

    key = Key(actor.frontend, actor.user_id, request.event_id)
    return await once(core, key, lambda own: _act(own, request, known, speaks), still)


def _broke(speaks: Speech) -> Reply:
    return Reply(speaks.say("Something went wrong on my side. Nothing is lost; please try again."))


async def _not_of_the_team(
    core: Core, request: Request, before: tuple[Admin, AdminIdentity] | None
) -> list[Reply]:
    """Who was of the team is told plainly that what they pressed did nothing; a stranger nothing."""
    language = before[0].language if before else ""
    if not language and request.command and not request.unasked:
        language = await people.was_of_the_team(
            core, request.actor.frontend, request.actor.user_id
        )  # fmt: skip
    if not language:
        return []
    text = speech(language).say(_NOT_HERE)
    return [Reply(text, notice=text.text[:190], stale=request.pressed)]


async def _act(
    core: Core, request: Request, known: tuple[Admin, AdminIdentity] | None, speaks: Speech
) -> list[Reply]:
    """One turn. A refusal is an answer too: what was done before it stays done."""
    try:
        if known is None:
            return await team.enter(core, request)
        admin, identity = known
        await team.introduce(core, admin, identity, request.actor.name)
        request = replace(request, actor=replace(request.actor, admin=admin))
        turn = Turn(core, request, admin, identity, speaks)
        return await (_command(turn) if request.command else _words(turn))
    except Unanswered:
        return []
    except CannotDo as refusal:
        said = await help.refused(core, speaks, request.actor.admin, refusal)
        if known is None:
            return [said]
        rows = (
            *await after_refusal.on(turn, refusal, _row),
            *await reuse.offer_instead(turn, refusal),
        )
        stale = request.pressed and isinstance(refusal, TooLate | NotFound)
        return [replace(said, buttons=each_once((*rows, *said.buttons)), stale=stale)]


async def check(core: Core, request: Request) -> forms.Errors:
    """What keeps a form from being accepted, by field, in its person's language. Changes nothing;
    whatever else is wrong is said when the form is handled."""
    row = _BY_NAME.get(request.command)
    known = await people.who(core, request.actor.frontend, request.actor.user_id)
    if known is None:
        return {
            "": speech(choose_language(request.actor.language, core.policy.language)).plain(
                _NOT_HERE
            )
        }
    if row is None or row.check is None:
        return {}
    admin, identity = known
    words = speech(admin.language)
    if admin.role not in row.roles:
        return {"": words.plain(_NOT_YOURS)}
    return await row.check(Turn(core, request, admin, identity, words, row.name))


async def acted(core: Core, request: Request) -> bool:
    """Whether this very event was done before."""
    actor = request.actor
    return await known_event(core, Key(actor.frontend, actor.user_id, request.event_id))


def _interrupted(speaks: Speech) -> Reply:
    """We stopped between acting and answering, or at least before we could note the answer."""
    text = speaks.say(
        "I restarted before I could answer. What you asked for is done, and only once. See here:"
    )
    return Reply(
        text,
        ((Button(speaks.plain("Drafts"), "drafts"), Button(speaks.plain("Status"), "status")),),
    )


async def _command(turn: Turn) -> list[Reply]:
    name = turn.request.command.lower().lstrip("/")
    row = _row(name)
    if (
        row is None
        and admin_stop.would_leave(name, "")
        and await admin_stop.may_mean_broadcast(turn.core)
    ):
        return [await admin_stop.ask(turn)]
    if row is None:
        return [help.unknown(turn, name, listed(Role(turn.admin.role)))]
    turn = replace(turn, command=row.name)
    if turn.admin.role not in row.roles:
        text = turn.speech.say(_NOT_YOURS)
        return [Reply(text, await _jobs(turn), notice=text.text[:190])]
    try:
        replies = await row.handler(await choose.meant(turn))
    except WhichOne:
        replies = [await choose.ask(turn)]
    except TooLate:
        if turn.words or row.name not in choose.MEANT:
            await _drop_question(turn)
            raise
        replies = [await choose.ask(turn)]  # the draft in hand was not meant
    except CannotDo:
        await _drop_question(turn)
        raise
    await _drop_question(turn)
    return replies


async def _drop_question(turn: Turn) -> None:
    """A command is no answer; a page drawn by itself is no command. Last: with the first write
    everybody else's writes wait, and a handler may have to ask a platform first."""
    if turn.identity.asking and not turn.asked and not turn.request.unasked:
        await turn.focus(turn.identity.draft_id)


async def _words(turn: Turn) -> list[Reply]:
    """Free content, but for what stops something."""
    said = turn.request.content.text.text if turn.request.content else ""
    meant = "" if turn.request.edited else named(said.strip(admin_stop.SHOUTED))
    return await admin_stop.heard(turn, said, meant) or await _content(turn)


async def _content(turn: Turn) -> list[Reply]:
    """Free content goes where the last question points, else into the draft being written."""
    message = turn.request.content or Message()
    if turn.request.edited:
        return await edited.edited(turn, message)
    asking, _, number = turn.identity.asking.partition(":")
    text = message.text.text
    draft_id = turn.identity.draft_id
    if asking == "reason" and number:
        return await review.take_reason(turn, number, text)
    if asking == "time" and number:
        return await schedule.take_time(turn, int(number), text)
    if asking == "values" and number:
        return await window.take_values(turn, number, text)
    if asking == "template" and number:
        return await template.take(turn, number, text)
    if (take := _TAKES.get(asking)) is not None:
        return await take(turn, number, text)
    if asking == profile.ASKING:
        return await profile.take_zone(turn, text)
    if asking == "button" and draft_id is not None:
        return await compose.take_buttons(turn, draft_id, text)
    if turn.admin.role in _WRITE:
        return await unasked_content.take_in(turn, message)
    hello = turn.speech.say("I do not know what this is for. What shall we do?")
    return [Reply(hello, await _jobs(turn))]
