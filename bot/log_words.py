"""What the log's lines mean, for whoever watches at a terminal; elsewhere they stay as they are."""

from __future__ import annotations

import contextlib
import re
from datetime import datetime
from string import Formatter

from structlog.typing import EventDict, WrappedLogger

from bot.audit_words import done
from broadcast.language import N_, channel_label, terminal

_SAID = {
    "bot_unreachable": N_("Cannot reach Telegram. I keep trying."),
    "bot_reached": N_("Telegram is back again."),
    "console_unreachable": N_("Cannot reach Telegram. I keep trying."),
    "console_reached": N_("Telegram is back again."),
    "poll_failed": N_("Cannot reach Telegram. I keep trying."),
    "poll_refused": N_("Telegram does not deliver what people write: {description}"),
    "poll_back": N_("Telegram is back again."),
    "whatsapp_unreachable": N_("Cannot reach WhatsApp."),
    "messenger_unreachable": N_("Cannot reach Messenger."),
    "slack_unreachable": N_("Cannot reach Slack. I keep trying."),
    "slack_connected": N_("Slack is connected."),
    "storage_trouble": N_("Cannot write to the database. Nothing is lost; I keep trying."),
    "storage_back": N_("The database can be written to again."),
    "recovered": N_("Messages on their way when Tellal last stopped, now uncertain: {uncertain}."),
    "heartbeat_not_heard": N_("The heartbeat does not arrive ({why})."),
    "heartbeat_heard_again": N_("The heartbeat arrives again."),
    "account_renewed": N_("{channel} goes on with the new token."),
    "not_started": N_("Tellal did not start ({error})."),
    "audit": N_("Broadcast {broadcast_id}: {action}"),
    "safety_stop": N_("A broadcast stopped itself: {danger}."),
    "lease_lost": N_("Another Tellal has taken over this database."),
    "update_failed": N_("Something that came could not be handled ({error}). It is tried again."),
    "update_set_aside": N_("Something that came is set aside: tellal export set-aside shows it."),
    "delivery_ended": N_("A message of broadcast {broadcast_id} was not delivered: {reason}."),
    "broadcast_stopped": N_("Broadcast {broadcast_id} stopped because of a fault here."),
    "lease_not_renewed": N_("Cannot say to the database that this one still runs ({error})."),
    "webhook_removed": N_(
        "Telegram called somebody else back for this bot. It is asked by us now."
    ),
    "templates_not_read": N_("Cannot read the templates at the platform ({error})."),
    "stopped": N_("Stopped by a fault here."),
}
_OF_THE_TEAM = N_("The team: {action}")
_HINT = "{hint}"
_NOT_WELL = N_("something here does not work")
# What goes on until it is over: each trouble's platform, and the event that ends it.
_BEGINS = {
    "poll_failed": "telegram", "bot_unreachable": "telegram", "console_unreachable": "telegram",
    "slack_unreachable": "slack", "storage_trouble": "storage",
}  # fmt: skip
_ENDS = {
    "poll_back": "poll_failed", "bot_reached": "bot_unreachable",
    "console_reached": "console_unreachable", "slack_connected": "slack_unreachable",
    "storage_back": "storage_trouble",
}  # fmt: skip
_LEVELS = {
    "debug": (N_("detail"), "2"), "info": (N_("info"), "36"), "warning": (N_("warning"), "33"),
    "error": (N_("error"), "31"), "critical": (N_("error"), "31;1"),
}  # fmt: skip
_UNSAID = frozenset({"event", "level", "timestamp", "exception", "logger"})
# What would move the cursor, change colours or forge a line; platforms' words reach a line too.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class Spoken:
    """A line for people: time, level, one sentence. An event that has no sentence is said by its name
    and fields; a trouble is said once however many notice it, and its end when the last of them has
    seen it."""

    def __init__(self, *, colours: bool) -> None:
        self._colours = colours
        self._going_on: set[tuple[str, object]] = set()  # trouble and account

    def __call__(self, logger: WrappedLogger, name: str, event: EventDict) -> str:
        what = str(event.get("event"))
        if self._repeated(what, event.get("account")) and "exception" not in event:
            return ""
        line = "  ".join((self._time(event), self._level(event), _one_line(_sentence(what, event))))
        trace = str(event.get("exception", ""))
        below = [_one_line(part, keep=" ") for part in trace.splitlines()]
        return "\n".join((line, *(self._dim(part) for part in below)))

    def _repeated(self, what: str, account: object) -> bool:
        """Whether it is known already that this trouble goes on, or others still see it."""
        if (platform := _BEGINS.get(what)) is not None:
            known = any(_BEGINS[other] == platform for other, _ in self._going_on)
            self._going_on.add((what, account))
            return known
        if (trouble := _ENDS.get(what)) is None:
            return False
        self._going_on.discard((trouble, account))
        return any(_BEGINS[other] == _BEGINS[trouble] for other, _ in self._going_on)

    def _time(self, event: EventDict) -> str:
        """The hour here, as the one who watches has it."""
        with contextlib.suppress(ValueError):
            at = datetime.fromisoformat(str(event.get("timestamp")))
            return self._dim(at.astimezone().strftime("%H:%M:%S"))
        return ""

    def _level(self, event: EventDict) -> str:
        word, colour = _LEVELS.get(str(event.get("level")), _LEVELS["info"])
        width = max(len(terminal().plain(known)) for known, _ in _LEVELS.values())
        return self._in(colour, terminal().plain(word).ljust(width))

    def _dim(self, words: str) -> str:
        return self._in("2", words)

    def _in(self, colour: str, words: str) -> str:
        return f"\x1b[{colour}m{words}\x1b[0m" if self._colours else words


def _sentence(what: str, event: EventDict) -> str:
    sentence = _SAID.get(what) or (_HINT if "hint" in event else None)
    if what == "audit" and not event.get("broadcast_id"):
        sentence = _OF_THE_TEAM
    values = _values(what, event)
    if sentence is not None and _fields(sentence) <= values.keys():
        return terminal().plain(sentence, **values)
    return _by_its_name(what, event)


def _values(what: str, event: EventDict) -> dict[str, object]:
    values: dict[str, object] = {key: value for key, value in event.items() if key != "event"}
    if "channel" in values:
        values["channel"] = channel_label(str(values["channel"]))
    if "hint" in values:
        values["hint"] = terminal().template(str(values["hint"]))
    if what == "audit" and "action" in event:
        values["action"] = done(str(event.get("action")), event.get("broadcast_id"))
    if event.get("why") == "not_well":
        values["why"] = terminal().template(_NOT_WELL)
    if what == "safety_stop":
        values["danger"] = _danger(event)
    return values


def _danger(event: EventDict) -> str:
    from bot.views.review_card import (
        DANGER_WORDS,  # what stops a broadcast has loaded it long since
    )
    from broadcast.safety import Danger

    sentence = DANGER_WORDS[Danger(event["danger"])]
    return terminal().plain(sentence, n=event.get("count"), total=event.get("of"))


def _fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def _by_its_name(what: str, event: EventDict) -> str:
    """A library's own sentence with its name before it; an event of ours as words."""
    said = what if "logger" in event else what.replace("_", " ").capitalize()
    fields = ", ".join(f"{key}={value}" for key, value in event.items() if key not in _UNSAID)
    first = f"{event['logger']}: " if "logger" in event else ""
    return f"{first}{said} ({fields})" if fields else first + said


def _one_line(words: str, keep: str = "") -> str:
    """Without anything that is more than letters to a terminal; `keep`: leading space stays."""
    clean = _CONTROLS.sub(" ", words)
    return clean.rstrip() if keep else clean.strip()
