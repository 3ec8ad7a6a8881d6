"""Command buttons and link buttons as Slack's, within Block Kit's limits (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from bot.chat import Button, Rows
from bot.frontends.slack.rich_text import URL, Block, count_characters
from bot.handlers.confirm import NOW, QUESTIONS
from broadcast.channel import Problem
from broadcast.language import N_, Speech
from broadcast.message import LinkButton, is_visible

ACTIONS = re.compile(r"(command|link)\.\d+")  # action ids; the command line is in `value`

# Block Kit's limits: facts 4.3
ROW_BUTTONS, ACTIONS_BUTTONS = 5, 25
LABEL, VALUE, CONFIRM_TEXT, CONFIRM_LABEL = 75, 2000, 300, 30
BUTTONS, BUTTONS_WEIGHT = 100, 4000  # of each sort, so that there is room for words

# Not `cancel`: the broadcast would go on behind the window that asks; it is stopped, then asked
_CONFIRMED = frozenset(QUESTIONS) - {"cancel"}
_PRIMARY = {"approve", "submit"}


def link_rows(rows: Iterable[Iterable[LinkButton]]) -> tuple[list[Block], list[Problem]]:
    """The buttons under a message; those Slack would refuse are named instead."""
    made: list[Block] = []
    unshown: list[Problem] = []
    fits = _Space()
    for row in rows:
        elements: list[Block] = []
        for button in row:
            label = words(button.label.strip() if is_visible(button.label) else button.url)
            element = {"type": "button", "text": label, "url": button.url}
            if _opens(button.url) and fits(element):
                elements.append(element)
            else:
                sentence = N_("Slack cannot show the button “{label}”.")
                unshown.append(Problem(sentence, {"label": label["text"]}))
        made += _rows(elements, ROW_BUTTONS)
    return made, unshown


def command_rows(rows: Rows, speech: Speech) -> tuple[list[Block], list[Problem]]:
    """Buttons that carry command lines; when some do not fit, the problem says so."""
    made: list[Block] = []
    fits = _Space()
    missing = False
    for row in rows:
        elements: list[Block] = []
        for button in row:
            element = _button(button, speech)
            if len(button.command) <= VALUE and fits(element):
                elements.append(element)
            else:
                missing = True
        made += _rows(elements, ROW_BUTTONS)
    told = [Problem(N_("Not all buttons fit here. The commands do the same."))] if missing else []
    return made, told


class _Space:
    """What is left for buttons; asking takes it."""

    def __init__(self) -> None:
        self._count, self._weight = BUTTONS, BUTTONS_WEIGHT

    def __call__(self, element: Block) -> bool:
        self._count -= 1
        self._weight -= count_characters(element)
        return self._count >= 0 and self._weight >= 0


def packed(rows: list[Block], space: int) -> list[Block]:
    """Rows as they are; closer together when there are more than `space` blocks."""
    if len(rows) <= space:
        return rows
    return _rows([element for row in rows for element in row["elements"]], ACTIONS_BUTTONS)


def number(blocks: Iterable[Block]) -> None:
    """Give every button of a message its own action id."""
    elements = [e for block in blocks if block["type"] == "actions" for e in block["elements"]]
    for index, element in enumerate(elements):
        element["action_id"] = f"{'link' if 'url' in element else 'command'}.{index}"


def words(text: str, limit: int = LABEL) -> Block:
    """Plain text, literal, cut to the limit."""
    shown = text if len(text) <= limit else text[: limit - 1].rstrip() + "…"
    return {"type": "plain_text", "text": shown, "emoji": False}


def _button(button: Button, speech: Speech) -> Block:
    verb, _, which = button.command.partition(" ")  # without a number it only asks which one
    label = button.label.strip() if is_visible(button.label) else button.command
    made: Block = {"type": "button", "text": words(label), "value": button.command}
    if which and verb in _PRIMARY:
        made["style"] = "primary"
    if which and verb in QUESTIONS:
        made["style"] = "danger"
    if which and verb in _CONFIRMED and not which.endswith(f" {NOW}"):
        made["value"] += f" {NOW}"  # Slack asks by itself
        made["confirm"] = {
            "title": words(speech.plain("Are you sure?")),
            "text": words(speech.plain(QUESTIONS[verb]), CONFIRM_TEXT),
            "confirm": words(label, CONFIRM_LABEL),
            "deny": words(speech.plain("Go back"), CONFIRM_LABEL),
            "style": "danger",
        }
    return made


def _rows(elements: list[Block], size: int) -> list[Block]:
    chunks = [elements[at : at + size] for at in range(0, len(elements), size)]
    return [{"type": "actions", "elements": chunk} for chunk in chunks]


def _opens(url: str) -> bool:
    """A web address Slack takes for a button."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    whole = parts.scheme in {"http", "https"} and bool(parts.hostname)
    return whole and len(url) <= URL and not any(char.isspace() for char in url)
