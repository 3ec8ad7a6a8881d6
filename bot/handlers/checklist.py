"""The first steps of a new house: one message that ticks itself, and the two things asked in it."""

from __future__ import annotations

from bot.chat import Button, Field, FieldKind, Form, Reply, Rows
from bot.handlers import confirm
from bot.handlers.turn import Turn
from bot.views import review_card
from broadcast.context import Core
from broadcast.errors import CannotDo, Invalid
from broadcast.language import N_, Speech
from broadcast.message import RichText
from broadcast.models import Role
from broadcast.services import console_messages, first_steps, house_rules, self_approval
from broadcast.services.first_steps import Steps

ASKING = "house"
_NAME, _PRIVACY, _NONE, _ALONE, _TOGETHER, _HIDE = (
    "name", "privacy", "noprivacy", "alone", "together", "hide",
)  # fmt: skip
_ASKED = {
    _NAME: (
        N_("Which name should your subscribers see? Write it to me, such as `Oak Street News`."),
        N_("Name"),
        N_("Your subscribers see it in every greeting."),
    ),
    _PRIVACY: (
        N_("Where do you explain how you treat people's data? Write me the address of that page."),
        N_("Privacy page"),
        N_("Such as `https://example.org/privacy`"),
    ),
}


async def first(core: Core, words: Speech, role: str) -> list[Reply]:
    """For an owner who comes in: the steps, as long as there are any."""
    if role != Role.OWNER:
        return []
    found = await first_steps.steps(core)
    return [] if found.done else [shown(core, words, found)]


def shown(core: Core, words: Speech, steps: Steps, *, replaces: bool = False) -> Reply:
    """The message; kept true where it stands."""
    say = words.say
    if steps.done:
        text = say("✅ All first steps are done. Good luck with your broadcasts!")
        return Reply(text, replaces=replaces, track=(console_messages.CHECKLIST, 0))
    head = say("*First steps*")
    foot = say("This ticks itself. Hidden, it comes back with /checklist.")
    rows = (*_buttons(words, steps), (Button(words.plain("Hide this"), f"checklist {_HIDE}"),))
    return Reply(
        review_card.lines(head, *_lines(core, words, steps), RichText(text=" "), foot), rows, replaces=replaces,
        track=(console_messages.CHECKLIST, 0),
    )  # fmt: skip


def _lines(core: Core, words: Speech, steps: Steps) -> list[RichText]:
    say, policy = words.say, core.policy
    name = say("The name your subscribers see: *{name}*", name=policy.sender_name)
    privacy = say("Your privacy page: {url}", url=policy.privacy_url)
    if not policy.privacy_url:
        privacy = say("Your privacy page: none") if steps.privacy else say("Your privacy page")
    if steps.deciders > 1:
        company = say("{n} people can approve", n=steps.deciders)
    elif steps.alone:
        company = say("You work alone and approve your own")
    else:
        company = say("Somebody who approves, or you alone")
    return [
        _line(steps.named, name),
        _line(steps.privacy, privacy),
        _line(steps.together, company),
        _line(steps.tested, say("A broadcast sent to yourself (/new, then *Send to me*)")),
        _line(steps.shared, say("Your link shared (/share)")),
        _line(steps.sent, say("Your first broadcast")),
    ]


def _line(done: bool, what: RichText) -> RichText:
    return RichText(text="✅ " if done else "⬜ ") + what


def _buttons(words: Speech, steps: Steps) -> Rows:
    plain = words.plain
    asked = []
    if not steps.named:
        asked.append(Button(plain("Set the name"), f"checklist {_NAME}"))
    if not steps.privacy:
        asked.append(Button(plain("Set the privacy page"), f"checklist {_PRIVACY}"))
    company = []
    if not steps.together:
        company = [
            Button(plain("Invite an approver"), "invite approver"),
            Button(plain("I work alone"), f"checklist {_ALONE}"),
        ]
    elif steps.alone and steps.deciders < 2:
        company = [Button(plain("Work together again"), f"checklist {_TOGETHER}")]
    rest = []
    if not steps.tested or not steps.sent:
        rest.append(Button(plain("New broadcast"), "new"))
    if not steps.shared:
        rest.append(Button(plain("Share the link"), "share"))
    return tuple(tuple(row) for row in (asked, company, rest) if row)


async def show(turn: Turn) -> list[Reply]:
    """`/checklist`; with a word: what one of its buttons does."""
    word = turn.words[0].lower() if turn.words else ""
    if word == _HIDE:
        return await _hide(turn)
    if word in _ASKED:
        if turn.values:
            return await _take_form(turn, word)
        return await _ask(turn, word)
    if word == _NONE:
        await house_rules.set_privacy(turn.core, turn.admin, "")
        return [
            Reply(turn.speech.say("All right, your subscribers are shown no page."), replaces=True)
        ]
    if word == _ALONE:
        return await _alone(turn)
    if word == _TOGETHER:
        return await _together(turn)
    return [shown(turn.core, turn.speech, await first_steps.steps(turn.core))]


async def _hide(turn: Turn) -> list[Reply]:
    actor = turn.request.actor
    await first_steps.forget(turn.core, actor.frontend, turn.request.conversation)
    return [Reply(turn.speech.say("Hidden. /checklist shows it again."), replaces=True)]


async def _ask(turn: Turn, what: str) -> list[Reply]:
    house_rules.check_free(turn.core, house_rules.SENDER if what == _NAME else house_rules.PRIVACY)
    await turn.ask(turn.identity.draft_id, f"{ASKING}:{what}")
    plain = turn.speech.plain
    question, label, hint = _ASKED[what]
    limit = house_rules.NAME_LONGEST if what == _NAME else house_rules.ADDRESS_LONGEST
    value = turn.core.policy.sender_name if what == _NAME else turn.core.policy.privacy_url
    field = Field(
        what, FieldKind.LINES, plain(label), plain(hint), value, required=True, limit=limit
    )
    form = Form(plain(label), (field,), f"checklist {what}", plain("Keep"), closes=True)
    rows: Rows = ()
    if what == _PRIVACY:
        rows = ((Button(plain("We have no such page"), f"checklist {_NONE}"),),)
    return [Reply(turn.speech.say(question), rows, form=form)]


async def take(turn: Turn, what: str, text: str) -> list[Reply]:
    """The answer to a question of the checklist; who is no owner any more is told so."""
    if turn.admin.role != Role.OWNER:
        await turn.focus(turn.identity.draft_id)
        raise Invalid(N_("Only an owner can change that."))
    say = turn.speech.say
    if what == _NAME:
        name = await house_rules.rename(turn.core, turn.admin, text)
        said = say("Your subscribers see *{name}* from now on.", name=name)
    else:
        address = await house_rules.set_privacy(turn.core, turn.admin, house_rules.address_of(text))
        said = say("Your subscribers see your privacy page from now on: {url}", url=address)
    await turn.focus(turn.identity.draft_id)
    return [Reply(said)]


async def _take_form(turn: Turn, what: str) -> list[Reply]:
    return await take(turn, what, str(turn.values.get(what) or ""))


async def check(turn: Turn) -> dict[str, str]:
    """What keeps its window from being accepted, by field. Changes nothing."""
    for name, read in ((_NAME, house_rules.name_of), (_PRIVACY, house_rules.address_of)):
        if name in turn.values:
            try:
                read(str(turn.values.get(name) or ""))
            except CannotDo as no:
                return {name: turn.speech.plain(no.template, **no.values)}
    return {}


async def _alone(turn: Turn) -> list[Reply]:
    house_rules.check_free(turn.core, house_rules.ALONE)
    if not confirm.has_agreed(turn):
        what = turn.speech.say(
            "Then nobody but you reads a broadcast before it goes out. You can change this "
            "here at any time, and it ends by itself when a second person can approve. Every "
            "owner is told."
        )
        rows: Rows = (
            (Button(turn.speech.plain("Yes, I work alone"), f"checklist {_ALONE} {confirm.NOW}"),),
            (Button(turn.speech.plain("Go back"), "checklist"),),
        )
        return [Reply(what, rows)]
    await self_approval.choose(turn.core, turn.admin)
    text = turn.speech.say("You work alone now: you may approve what you wrote yourself.")
    back = (Button(turn.speech.plain("Take it back"), f"checklist {_TOGETHER}"),)
    return [Reply(text, (back,), replaces=True)]


async def _together(turn: Turn) -> list[Reply]:
    await self_approval.end(turn.core, turn.admin)
    text = turn.speech.say(
        "From now on somebody else approves what you write. Invite them with /team if there is "
        "nobody yet."
    )
    return [Reply(text, replaces=True)]
