"""Platform-approved texts as they are now: what a platform changed must not go out unseen."""

from __future__ import annotations

import asyncio

from broadcast.account_key import AccountKey
from broadcast.channel import Templated
from broadcast.context import Core
from broadcast.errors import CannotDo
from broadcast.message import Message

Key = AccountKey
_ANSWER_SECONDS = 15.0  # another channel's part waits for it before a launch


def accounts(core: Core, message: Message) -> list[Key]:
    """The open accounts on which this message may go as a template."""
    wanted = {use.channel for use in message.templates}
    return [
        key
        for key, channel in core.channels.items()
        if key[0] in wanted and isinstance(channel, Templated)
    ]


async def look_again(core: Core, message: Message) -> dict[Key, str]:
    """Read the templates of every account this message may use one on. Returns those whose
    platform does not show them now, with its words."""
    keys = accounts(core, message)
    words = await asyncio.gather(*(_read(core, key) for key in keys))
    return {key: why for key, why in zip(keys, words, strict=True) if why}


async def _read(core: Core, key: Key) -> str:
    channel = core.channels[key]
    assert isinstance(channel, Templated)
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            await channel.list_templates()
    except CannotDo as no:
        return no.template.format_map(no.values)
    except TimeoutError:
        return "no answer"
    return ""
