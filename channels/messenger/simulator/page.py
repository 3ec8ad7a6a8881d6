"""The page: what it is, what it offers, and how it stands with people."""

from __future__ import annotations

from typing import Any

from channels._kit.allowance import Buckets, Window
from channels._kit.graph.simulator.clock import DAY
from channels._kit.graph.simulator.ledger import STATES, Ledger
from channels._kit.graph.simulator.opaque_ids import Scramble, letters, number
from channels._kit.graph.simulator.standing import Standing

Json = dict[str, Any]
BLOCKED_US, TURNED_OFF = 1, 2  # how a person stands

# What the sandbox starts with; every one can be changed by the control API.
PAGE_ID = "600000000000006"
APP_ID, APP_SECRET = "700000000000007", "sandbox-messenger-secret"
TOKEN = "EAAsandboxMessenger"
SCOPES = ["pages_messaging", "pages_manage_metadata", "pages_utility_messaging", "pages_show_list"]
FIELDS = frozenset(
    {
        "messages", "messaging_postbacks", "messaging_optins", "messaging_referrals",
        "message_deliveries", "message_reads", "message_echoes", "messaging_policy_enforcement",
        "standby", "message_edits",
    }
)  # fmt: skip
_USUAL_FIELDS = FIELDS - {"message_echoes"}


class Page(Standing):
    """One page with an app installed on it."""

    def __init__(self, page_id: str, name: str, seed: int) -> None:
        super().__init__()
        self.id = page_id
        self.name = name
        self.username = "tellal"  # m.me/tellal
        self.subscribed: set[str] | None = set(_USUAL_FIELDS)  # None: the app is not installed
        self.taken: set[int] = set()  # whose conversations a human has, in the page's inbox
        self.profile: Json = {}  # get_started, persistent_menu, greeting
        self.ledger = Ledger()
        self.fast, self.slow, self.day = Window(), Window(), Window()
        self.threads = Buckets()
        self.refused: dict[int, int] = {}  # by error code
        self.closed_until = 0.0
        self._scramble = Scramble(seed ^ int(page_id))
        self._engaged: dict[int, float] = {}  # who wrote in the last 24 hours, oldest first

    # Messages have a number in the ledger and an id outside; neither needs a table.

    def message_id(self, place: int) -> str:
        """mid of a message."""
        return "m_Sandbox" + letters(self._scramble.hide(place))

    def place(self, message_id: str) -> int | None:
        """The number of a message in the ledger; None for an id that is not ours."""
        hidden = number(message_id.removeprefix("m_Sandbox"))
        place = 0 if hidden is None else self._scramble.show(hidden)
        return place if 0 < place <= len(self.ledger) else None

    # People

    def hear(self, index: int, now: float) -> None:
        super().hear(index, now)
        self._engaged.pop(index, None)
        self._engaged[index] = now

    def engaged(self, now: float) -> int:
        """People who wrote in the last 24 hours."""
        while self._engaged:
            oldest = next(iter(self._engaged))
            if self._engaged[oldest] > now - DAY:
                break
            del self._engaged[oldest]
        return len(self._engaged)

    def describe(self) -> Json:
        """In numbers."""
        return {
            "id": self.id,
            "name": self.name,
            "subscribed": None if self.subscribed is None else sorted(self.subscribed),
            "profile": self.profile,
            "messages": len(self.ledger),
            "received_by_people": self.ledger.received,
            "states": dict(zip(STATES, self.ledger.states, strict=True)),
            "refused": self.refused,
        }
