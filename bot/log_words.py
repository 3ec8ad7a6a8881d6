"""What the log's lines mean, for whoever watches at a terminal; elsewhere they stay as they are."""

from __future__ import annotations

from datetime import datetime

from structlog.typing import EventDict, WrappedLogger

from bot.audit_words import done
from broadcast.language import N_, channel_label, terminal

_SAID = {
    "bot_unreachable": N_("{time}  Cannot reach Telegram. I keep trying."),
    "bot_reached": N_("{time}  Telegram is back again."),
    "console_unreachable": N_("{time}  Cannot reach Telegram. I keep trying."),
    "console_reached": N_("{time}  Telegram is back again."),
    "poll_failed": N_("{time}  Cannot reach Telegram. I keep trying."),
    "poll_refused": N_("{time}  Telegram does not deliver what people write: {description}"),
    "poll_back": N_("{time}  Telegram is back again."),
    "whatsapp_unreachable": N_("{time}  Cannot reach WhatsApp."),
    "messenger_unreachable": N_("{time}  Cannot reach Messenger."),
    "slack_unreachable": N_("{time}  Cannot reach Slack. I keep trying."),
    "slack_connected": N_("{time}  Slack is connected."),
    "storage_trouble": N_("{time}  Cannot write to the database. Nothing is lost; I keep trying."),
    "storage_back": N_("{time}  The database can be written to again."),
    "recovered": N_(
        "{time}  Messages on their way when Tellal last stopped, now uncertain: {uncertain}."
    ),
    "heartbeat_not_heard": N_("{time}  The heartbeat does not arrive ({why})."),
    "heartbeat_heard_again": N_("{time}  The heartbeat arrives again."),
    "account_renewed": N_("{time}  {channel} goes on with the new token."),
    "not_started": N_("{time}  Tellal did not start ({error})."),
    "audit": N_("{time}  Broadcast {broadcast_id}: {action}"),
    "safety_stop": N_("{time}  A broadcast stopped itself: {danger}."),
    "lease_lost": N_("{time}  Another Tellal has taken over this database."),
}
_OF_THE_TEAM = N_("{time}  The team: {action}")
_HINT = "{time}  {hint}"
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


class Spoken:
    """A sentence for an event that has one; a trouble is said once however many notice it, and its
    end when the last of them has seen it. Any other line goes to `instead`, which shows it with its
    fields."""

    def __init__(self, instead: object) -> None:
        self._instead = instead
        self._going_on: set[tuple[str, object]] = set()  # trouble and account

    def __call__(self, logger: WrappedLogger, name: str, event: EventDict) -> str:
        what = str(event.get("event"))
        sentence = _SAID.get(what) or (_HINT if "hint" in event else None)
        repeated = self._repeated(what, event.get("account"))
        if sentence is None or "exception" in event:
            return str(self._instead(logger, name, event))  # type: ignore[operator]
        if what == "audit" and not event.get("broadcast_id"):
            sentence = _OF_THE_TEAM
        return "" if repeated else terminal().plain(sentence, **_values(what, event))

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


def _values(what: str, event: EventDict) -> dict[str, object]:
    values: dict[str, object] = {key: value for key, value in event.items() if key != "event"}
    if "channel" in values:
        values["channel"] = channel_label(str(values["channel"]))
    if "hint" in values:
        values["hint"] = terminal().template(str(values["hint"]))
    if what == "audit":
        values["action"] = done(str(event.get("action")), event.get("broadcast_id"))
    if event.get("why") == "not_well":
        values["why"] = terminal().template(_NOT_WELL)
    if what == "safety_stop":
        values["danger"] = _danger(event)
    return {**values, "time": _clock(str(event.get("timestamp", "")))}


def _danger(event: EventDict) -> str:
    from bot.views.review_card import (
        DANGER_WORDS,  # what stops a broadcast has loaded it long since
    )
    from broadcast.safety import Danger

    sentence = DANGER_WORDS[Danger(event["danger"])]
    return terminal().plain(sentence, n=event.get("count"), total=event.get("of"))


def _clock(timestamp: str) -> str:
    """Hours and minutes as the clock on this machine's wall shows them."""
    try:
        return f"{datetime.fromisoformat(timestamp).astimezone():%H:%M}"
    except (ValueError, OverflowError, OSError):
        return timestamp[11:16]
