"""The five facts as Slack's Home tab, within Block Kit's limits (pure)."""

from __future__ import annotations

from collections.abc import Iterable

from bot.chat import Rows
from bot.frontends.slack.blocks import VIEW_CHARACTERS
from bot.frontends.slack.buttons import command_rows, number, words
from bot.frontends.slack.command_words import as_typed
from bot.frontends.slack.rich_text import Block, count_characters, to_rich_text
from bot.handlers import home
from broadcast.language import Speech
from broadcast.message import RichText
from broadcast.models import Admin
from broadcast.services.dashboard import Dashboard

BLOCKS = 100  # facts 4.3, as HEADER and CONTEXT
HEADER, CONTEXT = 150, 2000
_TRIES = (home.SHOWN, 3, 1)  # lines of each fact, until it fits


def drawn(
    speech: Speech, admin: Admin, seen: Dashboard, command: str, *, still: bool = False
) -> list[Block]:
    """The blocks of one person's Home. `still`: as it would be if no number moved by itself, to tell
    what has changed. `command` is how ours is called there, such as `/broadcast`."""
    blocks: list[Block] = []
    for shown in _TRIES:
        blocks = _blocks(speech, admin, seen, command, shown, still=still)
        if len(blocks) <= BLOCKS and count_characters(blocks) <= VIEW_CHARACTERS:
            break
    blocks = blocks[:BLOCKS]
    number(blocks)
    return blocks


def _blocks(
    speech: Speech, admin: Admin, seen: Dashboard, command: str, shown: int, *, still: bool
) -> list[Block]:
    blocks: list[Block] = []
    stopped = home.stopped(speech, admin, seen)
    if stopped is not None:
        blocks += to_rich_text(as_typed(stopped, command))
    foot = home.foot(speech, admin, seen)
    blocks += _buttons(foot, speech)
    for fact in home.facts(speech, admin, seen, shown=shown, still=still):
        blocks.append({"type": "header", "text": words(fact.head, HEADER)})
        for line in fact.lines:
            blocks += to_rich_text(as_typed(line.text, command))
            blocks += _buttons((line.buttons,), speech)
        blocks += _small(fact.more, command)
        blocks += _buttons((fact.buttons,), speech)
    return blocks


def _small(text: RichText | None, command: str) -> Iterable[Block]:
    if text is None:
        return ()
    said = words(as_typed(text, command).text, CONTEXT)
    return ({"type": "context", "elements": [said]},)


def _buttons(rows: Rows, speech: Speech) -> list[Block]:
    made, _ = command_rows(tuple(row for row in rows if row), speech)
    return made
