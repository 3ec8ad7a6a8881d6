"""What a card says of how people can leave: what each channel shows under the message (pure)."""

from __future__ import annotations

from broadcast.channel import Leavable
from broadcast.context import Core
from broadcast.language import Speech, channel_label
from broadcast.message import Message, RichText


def lines(core: Core, speech: Speech, message: Message) -> list[RichText]:
    """One line: `Way out: Telegram, WhatsApp: a button, “Stop messages”`; none where no channel adds
    anything."""
    if message.is_empty:
        return []
    places: dict[str, list[str]] = {}
    for channel in sorted(core.channels.values(), key=lambda one: one.name):
        shown = channel.way_out(message) if isinstance(channel, Leavable) else None
        if shown is not None:
            words = speech.plain(shown.template, **shown.values)
            places.setdefault(words, []).append(channel_label(channel.name))
    if not places:
        return []
    forms = "; ".join(f"{', '.join(dict.fromkeys(names))}: {how}" for how, names in places.items())
    return [speech.say("How to leave: {forms}", forms=forms)]
