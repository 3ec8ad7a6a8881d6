"""What the product waits for by itself, neither for a platform nor for a person: shorter in tests, all
alike."""

from __future__ import annotations

import pytest

ENGINE = {
    "broadcast.engine.runner._TICK_SECONDS": 0.1,
    "broadcast.engine.runner._PROGRESS_SECONDS": 0.2,
    "broadcast.engine.books._STORAGE_PAUSE_SECONDS": 0.2,
    "broadcast.store.inbox._STORAGE_PAUSE_SECONDS": 0.2,
}
CONSOLES = {
    "broadcast.engine.pacing._CHAT_SPACING_SECONDS": 0.02,
    "channels.telegram.receiver._FIRST_PAUSE_SECONDS": 0.01,
    "bot.notify.LOOK_SECONDS": 0.2,
    "bot.frontends.telegram.TelegramFrontend.edit_seconds": 0.2,
    "bot.frontends.slack.SlackFrontend.edit_seconds": 0.2,
    "bot.frontends.slack_home.ROUND_SECONDS": 0.2,
    "bot.frontends.slack_home.APART_SECONDS": 0.05,
    "bot.frontends.slack_home.LATER_SECONDS": 1.0,
    "bot.frontends.slack_home.MOVES_SECONDS": 0.2,
    "bot.frontends.slack_modal_life.ROUND_SECONDS": 0.2,
    "bot.frontends.slack_modal_life.APART_SECONDS": 0.05,
    "bot.frontends.slack_socket.LOOK_SECONDS": 0.2,
    "bot.frontends.slack_socket.FIRST_PAUSE_SECONDS": 0.2,
}


def shorten(monkeypatch: pytest.MonkeyPatch, *pauses: dict[str, float]) -> None:
    for name, seconds in (item for each in pauses for item in each.items()):
        monkeypatch.setattr(name, seconds)
