"""Words of Slack's own: commands as they are typed there (pure)."""

from __future__ import annotations

import re
from dataclasses import replace

from bot.chat import Button
from bot.command_names import by_name, folded, names
from bot.dispatch import COMMANDS
from broadcast.language import languages
from broadcast.message import Entity, RichText

_OURS = {name for row in COMMANDS for name in (row.name, *row.aliases)} | {
    name
    for command in set(by_name().values())
    for language in languages()
    for shown in names(command, language)
    for name in (shown, folded(shown))
}
_NAMES = "|".join(sorted(_OURS))
_TYPED = re.compile(rf"(?<![\w/:.])/(?={_NAMES}\b)")


def as_typed(text: RichText, command: str) -> RichText:
    """Our own sentences with `/pause 3` as `/broadcast pause 3`; `command` is ours in Slack."""
    added = command.removeprefix("/") + " "
    for found in reversed(list(_TYPED.finditer(text.text))):
        text = _inserted(text, found.end(), added)
    return text


def label_as_typed(button: Button, command: str) -> Button:
    """A button that names a command, the same way."""
    return replace(button, label=as_typed(RichText(text=button.label), command).text)


def _inserted(text: RichText, at: int, added: str) -> RichText:
    size = len(added)

    def moved(entity: Entity) -> Entity:
        if entity.offset >= at:
            return entity.model_copy(update={"offset": entity.offset + size})
        inside = entity.offset + entity.length > at
        return entity.model_copy(update={"length": entity.length + size * inside})

    entities = tuple(moved(entity) for entity in text.entities)
    return RichText(text=text.text[:at] + added + text.text[at:], entities=entities)
