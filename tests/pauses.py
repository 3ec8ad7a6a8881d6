"""What the product waits for by itself, neither for a platform nor for a person: shorter in tests, all
alike."""

from __future__ import annotations

import pytest

ENGINE = {
    "broadcast.engine.runner._TICK_SECONDS": 0.1,
    "broadcast.engine.runner._PROGRESS_SECONDS": 0.2,
    "broadcast.engine.recorder._STORAGE_PAUSE_SECONDS": 0.2,
    "broadcast.engine.intake._STORAGE_PAUSE_SECONDS": 0.2,
}
CONSOLES = {
    "broadcast.engine.pacing._CHAT_SPACING_SECONDS": 0.02,
    "channels.telegram.receiver._FIRST_PAUSE_SECONDS": 0.01,
    "bot.announce.notifier.LOOK_SECONDS": 0.2,
    "bot.frontends.telegram.frontend.TelegramFrontend.edit_seconds": 0.2,
    "bot.frontends.slack.frontend.SlackFrontend.edit_seconds": 0.2,
    "bot.frontends.slack.home.ROUND_SECONDS": 0.2,
    "bot.frontends.slack.home.APART_SECONDS": 0.05,
    "bot.frontends.slack.home.LATER_SECONDS": 1.0,
    "bot.frontends.slack.home.MOVES_SECONDS": 0.2,
    "bot.frontends.slack.modal_closing.ROUND_SECONDS": 0.2,
    "bot.frontends.slack.modal_closing.APART_SECONDS": 0.05,
    "bot.frontends.slack.socket.LOOK_SECONDS": 0.2,
    "bot.frontends.slack.socket.FIRST_PAUSE_SECONDS": 0.2,
}


def shorten(monkeypatch: pytest.MonkeyPatch, *pauses: dict[str, float]) -> None:
    for name, seconds in (item for each in pauses for item in each.items()):
        monkeypatch.setattr(name, seconds)
