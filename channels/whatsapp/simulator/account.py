"""The business account and its phone numbers: what they are, and how they stand with people."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from channels._kit.allowance import Buckets, Window
from channels._kit.graph.simulator.ledger import STATES, Ledger
from channels._kit.graph.simulator.opaque_ids import Scramble, letters, number
from channels._kit.graph.simulator.standing import Standing

Json = dict[str, Any]
BLOCKED_US, STOPPED_MARKETING, BARRED = 1, 2, 4  # how a person stands; barred: we blocked them

# What the sandbox starts with; every one can be changed by the control API.
BUSINESS_ID, ACCOUNT_ID, PHONE_NUMBER_ID = "300000000000003", "200000000000002", "100000000000001"
APP_ID, APP_SECRET = "400000000000004", "sandbox-whatsapp-secret"
TOKEN = "EAAsandboxWhatsApp"
SCOPES = ["whatsapp_business_management", "whatsapp_business_messaging"]


@dataclass(slots=True)
class Account:
    """The WhatsApp Business Account."""

    id: str = ACCOUNT_ID
    name: str = "Tellal sandbox"
    subscribed: bool = True  # whether the app hears of what happens in this account
    status: str = "APPROVED"
    marketing_signed: bool = True  # the terms of the Marketing Messages API
    marketing_only_there: bool = False  # disable_marketing_messages_on_cloud_api
    namespace: str = "5a3d1c9e_sandbox"
    restricted: set[str] = field(default_factory=set)  # countries: 130497


class Number(Standing):
    """One phone number of the account."""

    def __init__(self, number_id: str, phone: str, name: str, seed: int) -> None:
        super().__init__()
        self.id = number_id
        self.phone = phone
        self.verified_name = name
        self.quality = "GREEN"
        self.name_status = "APPROVED"
        self.status = "CONNECTED"
        self.throughput = "STANDARD"
        self.ledger = Ledger()
        self.sent = Window()
        self.pairs = Buckets()
        self.refused: dict[int, int] = {}  # by error code
        self.closed_until = 0.0  # 130429 until then
        self.upgraded_at = 0.0  # 131057 until then
        self._scramble = Scramble(seed ^ int(number_id))

    @property
    def metadata(self) -> Json:
        """As every notification carries it."""
        return {"display_phone_number": self.phone, "phone_number_id": self.id}

    # Messages have a number in the ledger and an id outside; neither needs a table.

    def message_id(self, place: int) -> str:
        """wamid of a message."""
        return "wamid.HBgLSANDBOX" + letters(self._scramble.hide(place)) + "="

    def place(self, message_id: str) -> int | None:
        """The number of a message in the ledger; None for an id that is not ours."""
        if not message_id.startswith("wamid.HBgLSANDBOX"):
            return None
        hidden = number(message_id[17:-1])
        if hidden is None:
            return None
        place = self._scramble.show(hidden)
        return place if 0 < place <= len(self.ledger) else None

    def describe(self) -> Json:
        """In numbers."""
        ledger = self.ledger
        return {
            "id": self.id,
            "phone": self.phone,
            "name": self.verified_name,
            "quality": self.quality,
            "throughput": self.throughput,
            "status": self.status,
            "messages": len(ledger),
            "received_by_people": ledger.received,
            "states": dict(zip(STATES, ledger.states, strict=True)),
            "refused": self.refused,
        }
