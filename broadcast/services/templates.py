"""Platform-approved texts as they are now: what a platform changed must not go out unseen."""

from __future__ import annotations

from broadcast.core import Core
from broadcast.errors import CannotDo
from broadcast.message import Message
from broadcast.ports import Templated


class Unseen(Exception):
    """A platform does not show its templates now; `why` in its own words."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


async def look_again(core: Core, message: Message) -> None:
    """Read the templates of every account this message may use one on. Raises Unseen."""
    wanted = {use.channel for use in message.templates}
    for (name, _), channel in core.channels.items():
        if name not in wanted or not isinstance(channel, Templated):
            continue
        try:
            await channel.list_templates()
        except CannotDo as no:
            raise Unseen(no.template.format_map(no.values)) from no
