"""The domain's nouns as tables, by noun. Times are aware UTC; ids are integers unless said otherwise."""

from __future__ import annotations

from broadcast.models.admin import Admin, AdminIdentity, Invitation, LinkRequest, Role, WrongCode
from broadcast.models.broadcast import (
    Approval,
    Audit,
    Broadcast,
    ContentVersion,
    DraftVersion,
    Shaping,
    Submission,
    UncertainPolicy,
    Written,
)
from broadcast.models.consent import SOURCE_LONGEST, AskedFor, ConsentEvent, ConsentStatus, Poster
from broadcast.models.console import Acted, ChecklistMessage, HouseChoice, Notice, Posted
from broadcast.models.delivery import (
    TALLIES,
    Attempt,
    AwaitedReceipt,
    Begun,
    Delivery,
    Lane,
    Tally,
    WaitingDelivery,
)
from broadcast.models.media import StoredFile
from broadcast.models.person import Address, AddressAlias, LinkCode, Subscriber
from broadcast.models.process import Halt, Inbox, Lease, SetAside
from broadcast.models.types import UtcTime, ZoneName

__all__ = [
    "Acted",
    "Address",
    "AddressAlias",
    "Admin",
    "AdminIdentity",
    "Approval",
    "AskedFor",
    "Attempt",
    "Audit",
    "AwaitedReceipt",
    "Begun",
    "Broadcast",
    "ChecklistMessage",
    "ConsentEvent",
    "ConsentStatus",
    "ContentVersion",
    "Delivery",
    "DraftVersion",
    "Halt",
    "HouseChoice",
    "Inbox",
    "Invitation",
    "Lane",
    "Lease",
    "LinkCode",
    "LinkRequest",
    "Notice",
    "Posted",
    "Poster",
    "Role",
    "SOURCE_LONGEST",
    "SetAside",
    "Shaping",
    "StoredFile",
    "Submission",
    "Subscriber",
    "TALLIES",
    "Tally",
    "UncertainPolicy",
    "UtcTime",
    "WaitingDelivery",
    "Written",
    "WrongCode",
    "ZoneName",
]
