"""Cards: how a broadcast is shown to admins at each point of its life (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.chat import Button, Reply, Rows
from bot.views import changes, correction, extras, next_steps, quotes
from bot.views.delivery_terms import terms
from bot.views.reach import choices, reach_lines
from broadcast.context import Core, Policy
from broadcast.language import N_, Speech
from broadcast.message import RichText
from broadcast.models import Admin, Approval, Broadcast, Role
from broadcast.outcome import Reason
from broadcast.safety import Alarm, Danger
from broadcast.services import account_news, edition
from broadcast.services.adoption import RESTORED
from broadcast.services.audit import STATUS_WORDS
from broadcast.services.compose import Look, message_of
from broadcast.services.console_messages import CARD
from broadcast.services.subscribe import LANGUAGE_NAMES
from broadcast.states import BroadcastStatus

_WORDS = frozenset({*STATUS_WORDS.values(), *edition.PART_WORDS.values(), edition.OTHER_PART})
quoted = quotes.quoted
_SUBMIT, _SUBMIT_AGAIN = N_("Submit for approval"), N_("Submit again")
Decisions = Sequence[tuple[Approval, Admin]]
REASON_WORDS = {
    Reason.BLOCKED: N_("blocked the bot"),
    Reason.DEACTIVATED: N_("account is gone"),
    Reason.UNREACHABLE: N_("cannot be reached"),
    Reason.NOT_PERMITTED: N_("we may not write there"),
    Reason.OPTED_OUT: N_("left before their turn"),
    Reason.ASKED: N_("asked whether they want to leave, no answer yet"),
    Reason.SUPPRESSED: N_("must not be written to"),
    Reason.CONTENT: N_("the platform refused the message"),
    Reason.CHANGED_FILE: N_("a file is not what was approved any more"),
    Reason.THROTTLED: N_("the platform asked us to slow down"),
    Reason.UNAVAILABLE: N_("the platform was not available"),
    Reason.ACCOUNT_CLOSED: N_("an account it needs is not set up any more"),
    Reason.AUTHORIZATION: N_("the token does not work"),
    Reason.RESTRICTED: N_("the platform lets our account send nothing for now"),
    Reason.NO_ANSWER: N_("no answer came, it may have arrived"),
    Reason.PROCESS_DIED: N_("we were interrupted, it may have arrived"),
    Reason.OUTSIDE_WINDOW: N_("had not written to us for 24 hours"),
    Reason.CAPPED: N_("the platform allows them no more messages for now"),
    Reason.OVER_BUDGET: N_("more people than the platform allows in a day"),
    Reason.PLATFORM_STOP: N_("stopped announcements on the platform"),
    Reason.REACHED_ELSEWHERE: N_("reached on another channel"),
    Reason.EXPIRED: N_("did not write before the time ran out"),
    Reason.CANCELLED: N_("cancelled before their turn"),
    Reason.TOO_MANY_ATTEMPTS: N_("gave up after several tries"),
    Reason.REJECTED: N_("refused by the platform"),
    Reason.BUG: N_("a fault on our side"),
}


def lines(*parts: RichText | None) -> RichText:
    """Non-empty parts, one a line."""
    out = RichText()
    for part in parts:
        if part is not None and part.text:
            out = out + "\n" + part if out.text else part
    return out


def reason_words(speech: Speech, reason: str) -> str:
    known = {word.value: sentence for word, sentence in REASON_WORDS.items()}
    return speech.plain(known[reason]) if reason in known else reason


def status_words(speech: Speech, broadcast: Broadcast) -> str:
    return speech.plain(STATUS_WORDS[BroadcastStatus(broadcast.status)])


def title(speech: Speech, broadcast: Broadcast) -> RichText:
    """`#3 Water is off tomorrow`, the number bold."""
    words = quoted(message_of(broadcast).title()) or speech.plain("empty")
    return speech.say("*#{id}* {title}", id=broadcast.broadcast_id, title=words)


def _audience(speech: Speech, look: Look) -> RichText:
    language = str(look.broadcast.audience.get("language", ""))
    count = speech.say_n("{n} person", "{n} people", look.audience_size)
    if language:
        name = LANGUAGE_NAMES.get(language, language)
        return speech.say("To: {count} who read {language}", count=count, language=name)
    return speech.say("To: {count}, everyone who opted in", count=count)


def _when(core: Core, speech: Speech, look: Look, timezone: str) -> RichText:
    at = look.broadcast.scheduled_at
    if at is None:
        return _at_once(core, speech)
    return speech.say("When: {moment}", moment=speech.moment(at, timezone))


def _at_once(core: Core, speech: Speech) -> RichText:
    """The time to think again is said where the house has another than usual."""
    hold = core.policy.undo_hold_seconds
    if hold == Policy.undo_hold_seconds:
        return speech.say("When: as soon as it is approved")
    if hold <= 0:
        return speech.say("When: the moment it is approved, with no time to undo it")
    return speech.say("When: {duration} after it is approved", duration=speech.duration(hold))


def _facts(core: Core, speech: Speech, look: Look, timezone: str) -> RichText:
    eta = None
    if look.eta_seconds >= 1:
        eta = speech.say("Takes about {duration}", duration=speech.duration(look.eta_seconds))
    problems = [quotes.warning(speech, one) for one in (*look.warnings, *look.problems)]
    changes = extras.notes(speech, look.changes)
    row = look.broadcast
    several = len({name for name, _ in core.channels}) > 1
    reach = reach_lines(speech, row, look.reach, several=several)
    when = _when(core, speech, look, timezone)
    own = (*extras.lines_of(speech, look.message), *terms(core, speech, look))
    if look.sums is not None:
        return lines(correction.audience(speech, row, look.sums), *own, *changes, *problems)
    return lines(_audience(speech, look), *reach, when, eta, *own, *changes, *problems)


def card(
    core: Core, speech: Speech, look: Look, *, timezone: str, replaces: bool = False,
    reader: Admin | None = None,
) -> Reply:  # fmt: skip
    """The author's control card. `reader`: who sees it; who may not change it is offered nothing that
    would."""
    row = look.broadcast
    number = row.broadcast_id
    state = speech.say("Status: {status}", status=status_words(speech, row))
    short = _too_few(core, speech, look)
    void = changes.void_lines(speech, look, timezone)
    text = lines(title(speech, row), _facts(core, speech, look, timezone), state, short, void)
    track = tracked(look)
    if row.status != BroadcastStatus.DRAFT:
        return Reply(text, open_buttons(speech, row), replaces=replaces, track=track)
    if reader is not None and reader.role != Role.OWNER and reader.admin_id != row.author_id:
        see = Button(speech.plain("Preview"), f"preview {number}")
        rows = ((see, Button(speech.plain("Send to me"), f"test {number}")),)
        return Reply(text, rows, replaces=replaces, track=track)
    share = (Button(speech.plain("Share the link"), "share"),)  # nobody would receive it
    buttons: Rows = (
        *(() if look.audience_size or look.sums is not None else (share,)),
        (
            Button(speech.plain(_SUBMIT_AGAIN if void else _SUBMIT), f"submit {number}"),
            Button(speech.plain("Edit"), f"content {number}"),
        ),
        (
            Button(speech.plain("Add button"), f"button {number}"),
            Button(speech.plain("Audience"), f"audience {number}"),
        ),
        (
            Button(speech.plain("Schedule"), f"schedule {number}"),
            Button(speech.plain("Preview"), f"preview {number}"),
        ),
        *choices(speech, row, look.reach),
        (
            Button(speech.plain("Send to me"), f"test {number}"),
            Button(speech.plain("Delete"), f"delete {number}"),
        ),
    )
    return Reply(text, buttons, replaces=replaces, track=track)


def tracked(look: Look) -> tuple[str, int] | None:
    """A card is one message in each place: where it was shown last, also of a draft."""
    if look.submission or look.broadcast.status == BroadcastStatus.DRAFT:
        return f"{CARD}{look.submission}", look.number
    return None


def _too_few(core: Core, speech: Speech, look: Look) -> RichText | None:
    """It would wait for ever."""
    wanted = core.policy.approvals_required
    if look.broadcast.status != BroadcastStatus.IN_REVIEW or look.able >= wanted:
        return None
    return speech.say(
        "⚠️ It needs {wanted} approvals by people who had no part in writing it, and only "
        "{count} could give one. Invite somebody with /team.",
        wanted=wanted, count=look.able,
    )  # fmt: skip


def open_buttons(speech: Speech, row: Broadcast) -> Rows:
    number = row.broadcast_id
    cancel = Button(speech.plain("Cancel"), f"cancel {number}")
    report = Button(speech.plain("Report"), f"report {number}")
    match BroadcastStatus(row.status):
        case BroadcastStatus.SENDING:
            return ((Button(speech.plain("Pause"), f"pause {number}"), cancel),)
        case BroadcastStatus.WATCHING:
            return ((Button(speech.plain("Go on now"), f"resume {number}"), cancel),)
        case BroadcastStatus.WAITING:
            return ((report, cancel),)
        case BroadcastStatus.PAUSED:
            return correction.paused_buttons(speech, row)
        case BroadcastStatus.LATE:
            now = Button(speech.plain("Send now"), f"sendnow {number}")
            return ((now, cancel), *next_steps.rows(speech, row))
        case BroadcastStatus.COMPLETED | BroadcastStatus.FAILED:
            return ((report,), *next_steps.rows(speech, row))
        case BroadcastStatus.CANCELLED:
            head = ((report,),) if row.launched_at else ()
            return (*head, *next_steps.rows(speech, row))
        case _:
            return ((cancel,), *next_steps.rows(speech, row))


def review(
    core: Core, speech: Speech, look: Look, *, timezone: str, own: bool = False,
    made: Decisions = (), waits: bool = True,
) -> Reply:  # fmt: skip
    """What is decided on, as it would go out and with all that was chosen about it; the buttons carry
    the submission they belong to.

    `made`: what others said in this round. `waits`: for the word of whoever reads this.
    """
    row = look.broadcast
    number, asked = row.broadcast_id, look.submission
    more = core.policy.approvals_required - len(made)
    text = lines(
        speech.say("{name} asks for approval", name=author_names(look)),
        asked_again_line(speech, look),
        changes.lines_since(speech, look, timezone),
        title(speech, row),
        _facts(core, speech, look, timezone),
        speech.say("You wrote this one yourself. Here you may approve your own.") if own else None,
        *(decision(speech, *one, timezone) for one in made),
        speech.say_n("Needs {n} more approval.", "Needs {n} more approvals.", more)
        if made and more > 0
        else None,
    )
    track = tracked(look)
    if not waits:
        return Reply(text, content=look.message, track=track)
    buttons = (
        Button(speech.plain("Approve"), f"approve {number} {asked}"),
        Button(speech.plain("Reject"), f"reject {number} {asked}"),
    )
    more_to_see = (
        Button(speech.plain("Preview"), f"preview {number}"),
        Button(speech.plain("Open"), f"open {number}"),
    )
    return Reply(text, (buttons, more_to_see), content=look.message, track=track)


def author_names(look: Look) -> str:
    """Everybody who had a part in it."""
    return ", ".join(who.name for who in look.authors) or "?"


def asked_again_line(speech: Speech, look: Look) -> RichText | None:
    """Why it was asked again by itself."""
    if look.asked is None or not look.asked.why:
        return None
    return speech.say(
        "Asked again: {reason}", reason=sentence(speech, look.asked.why, look.asked.details)
    )


def sentence(speech: Speech, template: str, values: Mapping[str, object]) -> RichText:
    """A catalog sentence the core kept; values that are catalog words are in the reader's language
    too."""
    shown = {
        name: speech.plain(value) if isinstance(value, str) and value in _WORDS else value
        for name, value in values.items()
    }
    return speech.say(template, **shown)


def decision(speech: Speech, approval: Approval, who: Admin, timezone: str) -> RichText:
    """Who decided, when, and for how many."""
    when = speech.moment(approval.at, timezone)
    if approval.approved and approval.people:
        return speech.say(
            "Approved by {name}, {moment}, for {count}.", name=who.name, moment=when,
            count=speech.say_n("{n} person", "{n} people", approval.people),
        )  # fmt: skip
    if approval.approved:
        return speech.say("Approved by {name}, {moment}.", name=who.name, moment=when)
    return speech.say(
        "Rejected by {name}, {moment}: {reason}", name=who.name, moment=when,
        reason=quoted(approval.reason),
    )  # fmt: skip


def decided(speech: Speech, look: Look, *verdict: RichText) -> Reply:
    """A review card after the decision: no buttons, who decided."""
    return Reply(lines(title(speech, look.broadcast), *verdict))


DANGER_WORDS = {
    Danger.FAILED: N_("{n} of the last {total} failed"),
    Danger.BLOCKED: N_("{n} of the last {total} had blocked us or are gone"),
    Danger.UNAVAILABLE: N_("the platform did not take {n} of the last {total}"),
    Danger.UNCERTAIN: N_("no answer came for {n} of the last {total}"),
    Danger.OPT_OUT: N_("{n} people left while {total} received it"),
}


def alarm_words(speech: Speech, alarm: Alarm) -> str:
    """What went wrong for too many, and its commonest reasons."""
    sentence = DANGER_WORDS[alarm.danger]
    said = speech.plain(sentence, n=speech.number(alarm.count), total=speech.number(alarm.of))
    why = ", ".join(
        f"{reason_words(speech, reason)} {speech.number(count)}"
        for reason, count in alarm.reasons
        if reason
    )
    return f"{said}: {why}" if why else said


def pause_words(speech: Speech, why: str) -> str:
    """`authorization: Unauthorized` in the reader's words, the platform's own kept."""
    if (alarm := Alarm.read(why)) is not None:
        return alarm_words(speech, alarm)
    if why == RESTORED:
        return speech.plain("the database was restored; check what was sent since, then resume")
    if (news := account_news.read_pause_reason(why)) is not None:
        return sentence(speech, *news).text
    said, _, mend = why.partition("\n")
    reason, _, detail = said.partition(": ")
    said = ": ".join(filter(None, (reason_words(speech, reason), detail)))
    return f"{said.rstrip('.')}. {speech.plain(mend)}" if mend else said


def unsaid(speech: Speech, count: int) -> Reply:
    """Answers that had to give way while nothing could be said; what they were about was done."""
    text = speech.say_n(
        "{n} earlier answer did not reach you, because I could not write to you. What you "
        "asked for is done; /status shows how things stand now.",
        "{n} earlier answers did not reach you, because I could not write to you. What you "
        "asked for is done; /status shows how things stand now.",
        count,
    )
    return Reply(text, ((Button(speech.plain("Status"), "status"),),))
