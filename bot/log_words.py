"""What the log's lines mean, for whoever watches at a terminal; elsewhere they stay as they are."""

from __future__ import annotations

from structlog.typing import EventDict, WrappedLogger

from broadcast.language import N_, channel_label, terminal

_SAID = {
    "bot_unreachable": N_("{time}  Cannot reach Telegram. I keep trying."),
    "bot_reached": N_("{time}  Telegram is back again."),
    "console_unreachable": N_("{time}  Cannot reach the console's bot on Telegram. I keep trying."),
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
    "safety_stop": N_("{time}  A broadcast stopped itself: {danger}, {count} of {of}."),
    "lease_lost": N_("{time}  Another Tellal has taken over this database."),
}
_OF_THE_TEAM = N_("{time}  The team: {action}")
_ONCE = frozenset({"poll_failed", "bot_unreachable", "slack_unreachable", "storage_trouble"})
_OVER = {
    "poll_back": "poll_failed", "bot_reached": "bot_unreachable",
    "slack_connected": "slack_unreachable", "storage_back": "storage_trouble",
}  # fmt: skip


class Spoken:
    """A sentence for an event that has one; said once where it repeats until it is over. Any other
    line goes to `instead`, which shows it with its fields."""

    def __init__(self, instead: object) -> None:
        self._instead = instead
        self._going_on: set[str] = set()

    def __call__(self, logger: WrappedLogger, name: str, event: EventDict) -> str:
        what = str(event.get("event"))
        sentence = _SAID.get(what)
        self._going_on.discard(_OVER.get(what, ""))
        if sentence is None or "exception" in event:
            return str(self._instead(logger, name, event))  # type: ignore[operator]
        if what in self._going_on:
            return ""
        if what in _ONCE:
            self._going_on.add(what)
        values = {key: value for key, value in event.items() if key != "event"}
        if "channel" in values:
            values["channel"] = channel_label(str(values["channel"]))
        if what == "audit" and not event.get("broadcast_id"):
            sentence = _OF_THE_TEAM
        time = str(event.get("timestamp", ""))[11:16]
        return terminal().plain(sentence, **{**values, "time": time})
