"""What goes before what, read off an inbound: whoever leaves is heard before everybody else (pure)."""

from __future__ import annotations

from broadcast import consent_words
from broadcast.channel import Lane, Thorough
from broadcast.inbound import Inbound, InboundKind

OPT_OUT = "out"  # the data of the button that leaves


def lane_of(
    kind: InboundKind, text: str = "", payload: str = "", thorough: Thorough = lambda: True
) -> Lane:  # fmt: skip
    """The lane of what a person did."""
    match kind:
        case InboundKind.BLOCKED | InboundKind.PLATFORM_STOP:
            leaves = True
        case InboundKind.TEXT | InboundKind.COMMAND:
            leaves = consent_words.asks_to_leave(text, thorough)
        case InboundKind.CHOICE | InboundKind.EDITED | InboundKind.OVERHEARD:
            leaves = payload.partition(":")[0] == OPT_OUT or consent_words.asks_to_leave(
                text, thorough
            )
        case _:
            leaves = False
    return Lane.LEAVING if leaves else Lane.PEOPLE


def lane_of_inbound(heard: Inbound | None, thorough: Thorough) -> Lane:
    """The same of a whole inbound; None is nothing anybody did."""
    if heard is None:
        return Lane.PEOPLE
    return lane_of(heard.kind, heard.text, heard.payload, thorough)
