"""What is set on a message and a platform does not know: said, in one sentence each (pure)."""

from __future__ import annotations

from broadcast.channel import Problem
from broadcast.language import N_
from broadcast.message import FOLDED, EntityKind, LinkPreview, Message


def losses(channel: str, message: Message) -> list[Problem]:
    """For a channel that shows one text under plain files; `channel` as people write its name."""
    folded = any(e.kind is EntityKind.QUOTE and e.value == FOLDED for e in message.text.entities)
    found = []
    if any(item.caption.text for item in message.media):
        found.append(N_("{channel} shows one text: the captions of the other files are left out."))
    if any(item.spoiler for item in message.media):
        found.append(N_("{channel} cannot hide a picture: it is seen at once."))
    if message.text_above:
        found.append(N_("{channel} does not show the text above the files."))
    if message.preview != LinkPreview():
        found.append(N_("{channel} decides by itself how a linked page is shown."))
    if folded:
        found.append(N_("{channel} has no folded quotes: the whole quote is shown."))
    return [Problem(sentence, {"channel": channel}) for sentence in found]
