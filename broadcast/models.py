"""The domain's nouns as tables. Times are aware UTC; ids are integers unless said otherwise."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import JSON, Column, Field, Index, SQLModel, UniqueConstraint

from broadcast import timezone as zones
from broadcast.states import BroadcastStatus, DeliveryStatus


class UtcTime(sa.types.TypeDecorator[datetime]):
    """Aware UTC in Python; SQLite, which forgets the zone, gets it back on reading."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class ZoneName(sa.types.TypeDecorator[str]):
    """An IANA name; one that this machine's tzdata does not know is read as `instead`."""

    impl = sa.String
    cache_ok = True

    def __init__(self, instead: str = "") -> None:
        super().__init__()
        self.instead = instead

    def process_result_value(self, value: str | None, dialect: Any) -> str | None:
        return value if not value or zones.known(value) else self.instead


def _moment(**options: Any) -> Any:
    return Field(sa_type=UtcTime, **options)


def _text() -> Any:
    """A column that rows from before it have empty."""
    return Field(default="", sa_column_kwargs={"server_default": ""})


def _number() -> Any:
    return Field(default=0, sa_column_kwargs={"server_default": "0"})


class Role(StrEnum):
    AUTHOR = "author"
    APPROVER = "approver"
    OWNER = "owner"


class ConsentStatus(StrEnum):
    NONE = "none"
    OPTED_IN = "opted_in"
    OPTED_OUT = "opted_out"


class UncertainPolicy(StrEnum):
    ASK = "ask"
    RESEND = "resend"
    LEAVE = "leave"


class Admin(SQLModel, table=True):
    """A person who may use a console; `identities` say on which platforms."""

    admin_id: int | None = Field(default=None, primary_key=True)
    name: str
    role: str = Role.AUTHOR
    language: str = "en"
    timezone: str = Field(default="UTC", sa_type=ZoneName("UTC"))
    active: bool = True
    created_at: datetime = _moment()
    # left the team, or the right to approve: what they approved before that counts no more
    removed_at: datetime | None = _moment(default=None, nullable=True)
    barred_up_to: int = _number()  # the serial of the last invitation from before their removal


class AdminIdentity(SQLModel, table=True):
    """An admin on one frontend: who they are there and where to write to them.

    `platform_language` (IETF tag) and `platform_timezone` are what the platform last said.
    """

    __tablename__ = "admin_identity"
    frontend: str = Field(primary_key=True)
    user_id: str = Field(primary_key=True)
    admin_id: int = Field(foreign_key="admin.admin_id", index=True)
    conversation: str
    active: bool = Field(default=True, sa_column_kwargs={"server_default": sa.true()})
    platform_language: str = Field(default="", sa_column_kwargs={"server_default": ""})
    platform_timezone: str = Field(default="", sa_column_kwargs={"server_default": ""})
    draft_id: int | None = None
    asking: str = ""


class Invitation(SQLModel, table=True):
    """A one-time code to become an admin, or (role `link`) to be one on another console too.

    Only the SHA-256 of the code is kept.
    """

    code_hash: str = Field(primary_key=True)
    role: str
    created_by: int | None = None
    created_at: datetime = _moment()
    expires_at: datetime = _moment()
    used_at: datetime | None = _moment(default=None, nullable=True)  # or when it became void
    serial: int = _number()  # grows with each


class LinkRequest(SQLModel, table=True):
    """Somebody's account that wants to become the admin `admin_id` there too, and waits for that
    admin's yes. `was`: who they were when they agreed to it, as `link.standing` writes it."""

    __tablename__ = "link_request"
    request_id: str = Field(primary_key=True)  # random
    admin_id: int = Field(foreign_key="admin.admin_id", index=True)
    frontend: str
    user_id: str
    conversation: str
    name: str = ""
    language: str = ""
    was: str = ""
    expires_at: datetime = _moment()
    answered_at: datetime | None = _moment(default=None, nullable=True)


class WrongCode(SQLModel, table=True):
    """Codes in a row that did not work, by sender; both keys empty: by anybody."""

    __tablename__ = "wrong_code"
    frontend: str = Field(primary_key=True)
    user_id: str = Field(primary_key=True)
    tries: int = 0
    last_at: datetime = _moment()
    told_at: datetime | None = _moment(default=None, nullable=True)  # when the owners last heard


class Subscriber(SQLModel, table=True):
    """A person we may address, on one or more channels."""

    subscriber_id: int | None = Field(default=None, primary_key=True)
    name: str = ""
    language: str = "en"
    timezone: str = Field(default="", sa_type=ZoneName())
    # E.164, where they or an import told it
    phone: str = Field(default="", index=True, sa_column_kwargs={"server_default": ""})
    # who said the name: `import`, or `profile`, which never replaces another's; empty: not known
    named_by: str = _text()
    # the channel they like best
    preferred: str = Field(default="", sa_column_kwargs={"server_default": ""})
    # how we know the language, see services/tongue.py; empty: nobody noted it
    language_by: str = _text()
    replies: int = _number()  # standing replies since `replies_from`, see services/replies.py
    replies_from: datetime | None = _moment(default=None, nullable=True)
    created_at: datetime = _moment()


class Address(SQLModel, table=True):
    """Where a subscriber is on a channel account; the row outlives every opt-out."""

    __table_args__ = (
        UniqueConstraint("channel", "account", "value"),
        Index(
            "ix_address_reachable",
            "address_id",
            sqlite_where=sa.text("consent = 'opted_in' AND suppressed = ''"),
            postgresql_where=sa.text("consent = 'opted_in' AND suppressed = ''"),
        ),
        Index(
            "ix_address_asked",
            "asked_at",
            sqlite_where=sa.text("asked_at IS NOT NULL"),
            postgresql_where=sa.text("asked_at IS NOT NULL"),
        ),
    )
    address_id: int | None = Field(default=None, primary_key=True)
    subscriber_id: int = Field(foreign_key="subscriber.subscriber_id", index=True)
    channel: str
    account: str = "default"
    value: str
    consent: str = ConsentStatus.NONE
    suppressed: str = ""  # a Reason: never to be sent to until the person returns
    wrote_at: float | None = None  # Unix seconds of their last message: opens a window
    delivered_up_to: float | None = None  # Unix seconds: a platform's watermarks
    read_up_to: float | None = None
    capped_until: float | None = None  # Unix seconds: the platform lets them have no more before
    # since when they are asked whether to leave: nothing is sent before they answer
    asked_at: datetime | None = _moment(default=None, nullable=True)


class AddressAlias(SQLModel, table=True):
    """Another name a platform has, or had, for an address: a number behind an id of its own, a
    parent id, an earlier one. The newest says where to write; all say whom a refusal is of."""

    __tablename__ = "address_alias"
    __table_args__ = (
        UniqueConstraint("channel", "account", "alias", "address_id"),
        Index("ix_address_alias_address_id", "address_id"),
    )
    alias_id: int | None = Field(default=None, primary_key=True)
    channel: str
    account: str = "default"
    alias: str
    address_id: int = Field(foreign_key="address.address_id")


# Characters of where somebody came from: Telegram's deep links carry 64, and more can be typed.
SOURCE_LONGEST = 256


class LinkCode(SQLModel, table=True):
    """Joins a subscriber's addresses on two platforms, once. Only the SHA-256 of the code is kept."""

    __tablename__ = "link_code"
    code_hash: str = Field(primary_key=True)
    subscriber_id: int = Field(foreign_key="subscriber.subscriber_id")
    expires_at: datetime = _moment()


class ConsentEvent(SQLModel, table=True):
    """One line of the ledger; rows are only ever added.

    `how`: the button, a word, a command, an answer, blocking, an import. `source`: where they came
    from, such as the payload of a deep link. `wording`: what they had been shown.
    """

    __tablename__ = "consent_event"
    __table_args__ = (
        # Who came by which poster; when somebody last joined or left.
        Index(
            "ix_consent_event_source",
            "source",
            "address_id",
            "kind",
            sqlite_where=sa.text("source <> ''"),
            postgresql_where=sa.text("source <> ''"),
        ),
        Index("ix_consent_event_at", "at", "kind", "address_id"),
    )
    consent_event_id: int | None = Field(default=None, primary_key=True)
    address_id: int = Field(foreign_key="address.address_id", index=True)
    channel: str
    kind: str
    at: datetime = _moment()
    wording: str = ""
    wording_version: str = ""
    language: str = ""
    how: str = Field(default="", sa_column_kwargs={"server_default": ""})
    source: str = ""
    event_id: str = ""


class Poster(SQLModel, table=True):
    """A named way in: `code` is the payload of its deep links, and what `ConsentEvent.source` says
    of who came by it."""

    poster_id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True)
    name: str
    created_by: int | None = None
    created_at: datetime = _moment()


class HouseChoice(SQLModel, table=True):
    """A rule of the house that an owner chose in chat; a setting of the same name goes before it."""

    __tablename__ = "house_choice"
    name: str = Field(primary_key=True)
    value: str = ""
    admin_id: int
    at: datetime = _moment()


class ChecklistMessage(SQLModel, table=True):
    """The first steps as they stand in one chat; the newest is kept true, earlier ones are closed."""

    __tablename__ = "checklist_message"
    checklist_message_id: int | None = Field(default=None, primary_key=True)
    frontend: str
    conversation: str
    message_id: str


class Broadcast(SQLModel, table=True):
    """One message to one audience, once. `version` grows with every change (compare-and-set)."""

    broadcast_id: int | None = Field(default=None, primary_key=True)
    status: str = Field(default=BroadcastStatus.DRAFT, index=True)
    version: int = 1
    author_id: int = Field(foreign_key="admin.admin_id")
    content: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    audience: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    scheduled_at: datetime | None = _moment(default=None, nullable=True)
    submission: str = _text()  # of the Submission that asks, or was approved; empty: none
    approved_digest: str = ""
    uncertain_policy: str = UncertainPolicy.ASK
    hold_until: datetime | None = _moment(default=None, nullable=True)
    planned_up_to: int = 0  # address_id the planning has reached
    planned_total: int = 0
    planning_done: bool = False
    delivery_from: int = 0  # its deliveries lie in this id range (others may lie there too)
    delivery_to: int = 0
    pause_reason: str = ""
    paused_by: int | None = None  # an admin_id; None: it stopped by itself
    paused_as: str = _text()  # the role they had then
    canary: str = _text()  # as `safety.Canary.read` takes it; empty: the house's default
    canary_up_to: int = _number()  # the last delivery_id that goes out before the look
    canary_wait_seconds: float | None = None  # as it was approved; None: not launched yet
    canary_passed: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    watch_until: datetime | None = _moment(default=None, nullable=True)  # None: asks an admin
    consent_mark: int = _number()  # the last consent_event_id when it was launched
    waived: str = _text()  # the dangers (safety.Danger) an admin chose to go on in spite of
    expires_at: datetime | None = _moment(default=None, nullable=True)  # who waits, waits till then
    content_version: int = Field(
        default=1, sa_column_kwargs={"server_default": "1"}
    )  # that goes out
    # A correction is being written, or waits for approval
    correcting: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    launched_as: str = _text()  # the submission it was launched on
    # While somebody is asked whether to cancel it: the status it had when that was asked
    cancel_asked: str = _text()
    created_at: datetime = _moment()
    launched_at: datetime | None = _moment(default=None, nullable=True)
    completed_at: datetime | None = _moment(default=None, nullable=True)


class ContentVersion(SQLModel, table=True):
    """What a broadcast sent from one correction to the next, and the submission it was approved
    as. Kept from the first correction on: until then the broadcast's own content is the first."""

    __tablename__ = "content_version"
    broadcast_id: int = Field(foreign_key="broadcast.broadcast_id", primary_key=True)
    number: int = Field(primary_key=True)
    content: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    submission: str = ""
    digest: str = ""
    at: datetime = _moment()


class Written(SQLModel, table=True):
    """A message an author wrote that nobody asked for: kept until they say what it is for.

    `messages`: its ids at the console, an album having several. `became`: empty while it is asked
    about, else as `services.written.Became`; `broadcast_id`: the draft it came beside, or went to.
    `base`: that draft's message before this one was added to it.
    """

    __table_args__ = (
        Index("ix_written_place", "frontend", "conversation", "written_id"),
        {"sqlite_autoincrement": True},
    )
    written_id: int | None = Field(default=None, primary_key=True)
    admin_id: int = Field(foreign_key="admin.admin_id")
    frontend: str
    conversation: str
    album: str = ""
    messages: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    content: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    broadcast_id: int | None = Field(default=None, index=True)
    became: str = ""
    base: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    at: datetime = _moment()


class DraftVersion(SQLModel, table=True):
    """What a broadcast's message was before it was changed, by whom and when it was."""

    __tablename__ = "draft_version"
    broadcast_id: int = Field(foreign_key="broadcast.broadcast_id", primary_key=True)
    number: int = Field(primary_key=True)
    content: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    admin_id: int | None = None
    at: datetime = _moment()


class Submission(SQLModel, table=True):
    """One time somebody was asked: what was shown, under an id of its own that nobody can guess.

    `document` is everything `digest` covers; `people` how many it would have reached then. `why`
    it was asked again by itself: a catalog sentence with its `details`; empty: an admin submitted it.
    `number` counts those of one broadcast. `voided`, once somebody changed what it was about: `by`
    whom, what it `was` until then, and `to` whom that has to be told (admin ids).
    """

    submission_id: str = Field(primary_key=True)
    broadcast_id: int = Field(foreign_key="broadcast.broadcast_id", index=True)
    digest: str
    document: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    people: int = 0
    why: str = ""
    details: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    at: datetime = _moment()
    number: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    voided: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))


class Shaping(SQLModel, table=True):
    """Who shaped what would be sent since it was last approved: they cannot approve it."""

    broadcast_id: int = Field(foreign_key="broadcast.broadcast_id", primary_key=True)
    admin_id: int = Field(foreign_key="admin.admin_id", primary_key=True)
    at: datetime = _moment()


class Approval(SQLModel, table=True):
    """One approver's decision on one submission; `people`: how many it would have reached then."""

    approval_id: int | None = Field(default=None, primary_key=True)
    broadcast_id: int = Field(foreign_key="broadcast.broadcast_id", index=True)
    admin_id: int = Field(foreign_key="admin.admin_id")
    submission: str = Field(default="", index=True, sa_column_kwargs={"server_default": ""})
    digest: str
    people: int = _number()
    approved: bool
    # Whoever said it lost the right to since
    void: bool = Field(default=False, sa_column_kwargs={"server_default": sa.false()})
    reason: str = ""
    at: datetime = _moment()


class Lane(SQLModel, table=True):
    """One broadcast on one account: its deliveries are claimed, paced and counted together."""

    __table_args__ = (UniqueConstraint("broadcast_id", "channel", "account"),)
    lane_id: int | None = Field(default=None, primary_key=True)
    broadcast_id: int = Field(foreign_key="broadcast.broadcast_id")
    channel: str
    account: str
    planned: int = 0


class Tally(SQLModel, table=True):
    """How many deliveries of a lane ended in a status. The database keeps it (see TALLIES)."""

    __table_args__ = ({"sqlite_with_rowid": False},)
    lane_id: int = Field(primary_key=True)
    status: int = Field(primary_key=True, sa_type=sa.SmallInteger)
    deliveries: int = 0


class Delivery(SQLModel, table=True):
    """One message to one address. `status` is a DeliveryStatus number."""

    __table_args__ = (
        Index(
            "ix_delivery_open",
            "broadcast_id",
            "lane_id",
            "delivery_id",
            sqlite_where=sa.text("status < 20"),
            postgresql_where=sa.text("status < 20"),
        ),
        Index(
            "ix_delivery_uncertain",
            "address_id",
            sqlite_where=sa.text("status = 20"),
            postgresql_where=sa.text("status = 20"),
        ),
        Index(
            "ix_delivery_corrected",
            "broadcast_id",
            "content_version",
            "status",
            sqlite_where=sa.text("content_version > 1"),
            postgresql_where=sa.text("content_version > 1"),
        ),
    )
    delivery_id: int | None = Field(default=None, primary_key=True)
    broadcast_id: int = Field(foreign_key="broadcast.broadcast_id")
    # of the lane it was planned from; kept free of a foreign key, which SQLite cannot add later
    lane_id: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    address_id: int = Field(foreign_key="address.address_id")
    status: int = Field(default=DeliveryStatus.PLANNED, sa_type=sa.SmallInteger)
    attempt: int = Field(default=0, sa_type=sa.SmallInteger)
    # Of the content that its last try sent
    content_version: int = Field(
        default=1, sa_type=sa.SmallInteger, sa_column_kwargs={"server_default": "1"}
    )
    due_at: float | None = None  # Unix seconds, only while deferred
    sent_at: float | None = None  # Unix seconds
    reason: str | None = None
    detail: str | None = None
    receipt: str | None = None  # the platform's ids, comma separated


# Whoever changes a status, by whatever statement, the tallies follow in the same transaction.
# Only ends are counted (20 and above): what is open is what was planned less those.
TALLIES = (
    """CREATE TRIGGER tally_ended AFTER UPDATE OF status ON delivery
    WHEN new.status >= 20 AND new.status <> old.status BEGIN UPDATE tally
    SET deliveries = deliveries + 1 WHERE lane_id = new.lane_id AND status = new.status; END""",
    """CREATE TRIGGER tally_left AFTER UPDATE OF status ON delivery
    WHEN old.status >= 20 AND new.status <> old.status BEGIN UPDATE tally
    SET deliveries = deliveries - 1 WHERE lane_id = old.lane_id AND status = old.status; END""",
)
for _statement in TALLIES:
    sa.event.listen(
        SQLModel.metadata.tables["delivery"],
        "after_create",
        sa.DDL(_statement).execute_if(dialect="sqlite"),  # type: ignore[no-untyped-call]
    )


class Attempt(SQLModel, table=True):
    """A try that was not the last: what it came to stays when the delivery is tried again."""

    attempt_id: int | None = Field(default=None, primary_key=True)
    delivery_id: int = Field(foreign_key="delivery.delivery_id", index=True)
    status: int = Field(sa_type=sa.SmallInteger)
    kept_at: float  # Unix seconds
    reason: str | None = None
    detail: str | None = None


class AwaitedReceipt(SQLModel, table=True):
    """A message whose later news names only the platform's id or the address, not our delivery."""

    __tablename__ = "awaited_receipt"
    receipt_id: str = Field(primary_key=True)
    delivery_id: int = Field(foreign_key="delivery.delivery_id", index=True)
    address_id: int = Field(index=True)
    sent_at: float  # Unix seconds


class Begun(SQLModel, table=True):
    """When we last began with somebody outside their window: what a daily limit counts."""

    __table_args__ = (Index("ix_begun_channel_at", "channel", "at"),)
    address_id: int = Field(primary_key=True)
    channel: str
    at: float  # Unix seconds


class WaitingDelivery(SQLModel, table=True):
    """A delivery that goes out when the person next writes, or not at all."""

    __tablename__ = "waiting_delivery"
    delivery_id: int = Field(primary_key=True, foreign_key="delivery.delivery_id")
    broadcast_id: int = Field(index=True)
    address_id: int = Field(index=True)


class AskedFor(SQLModel, table=True):
    """A delivery that a newcomer asked for, of a broadcast launched before they joined."""

    __tablename__ = "asked_for"
    delivery_id: int = Field(primary_key=True, foreign_key="delivery.delivery_id")
    broadcast_id: int
    address_id: int = Field(index=True)


class StoredFile(SQLModel, table=True):
    """Bytes an author sent; `handles` maps `channel:account` to the platform's reusable id."""

    __tablename__ = "stored_file"
    media_id: int | None = Field(default=None, primary_key=True)
    kind: str
    filename: str = ""
    mime: str = ""
    size: int = 0
    path: str = ""
    sha256: str = _text()  # of the bytes, in hex; empty where only a platform has them
    handles: dict[str, str] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class Audit(SQLModel, table=True):
    """Who did what, when; rows are only ever added."""

    audit_id: int | None = Field(default=None, primary_key=True)
    at: datetime = _moment()
    admin_id: int | None = None
    broadcast_id: int | None = Field(default=None, index=True)
    action: str
    detail: str = ""
    about_id: int | None = None  # the admin it was done to


class Notice(SQLModel, table=True):
    """Something the team has still to be told, written with what it tells of: a change of a
    broadcast, or (`broadcast_id` 0) a catalog sentence with its details. Gone once it was shown;
    its number is never given again, for who shows them remembers the last."""

    __table_args__ = ({"sqlite_autoincrement": True},)
    notice_id: int | None = Field(default=None, primary_key=True)
    broadcast_id: int = Field(index=True)
    sentence: str = ""
    details: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class Posted(SQLModel, table=True):
    """A console message that is edited later. `kind`: `card:SUBMISSION` is the one card of a round
    in its place (`card:` of a draft), `was:N` a copy of it from before; others are named by `bot.announce.presenter`."""

    posted_id: int | None = Field(default=None, primary_key=True)
    broadcast_id: int = Field(foreign_key="broadcast.broadcast_id", index=True)
    kind: str
    frontend: str
    conversation: str
    message_id: str


class Inbox(SQLModel, table=True):
    """A native update, kept before it is confirmed: handled once, in order, also after a crash.

    `lane` as `ports.Lane`; `sender`: whose it is, their updates staying in order.
    """

    __table_args__ = (
        UniqueConstraint("source", "event_id"),
        Index("ix_inbox_waiting", "handled", "lane"),
        Index(
            "ix_inbox_failing",
            "failing_since",
            sqlite_where=sa.text("failing_since IS NOT NULL"),
            postgresql_where=sa.text("failing_since IS NOT NULL"),
        ),
    )
    inbox_id: int | None = Field(default=None, primary_key=True)
    source: str
    event_id: str
    payload: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    received_at: datetime = _moment()
    handled: bool = False
    # Of one that may be a refusal and cannot be handled; given up, it waits for the next start
    failing_since: datetime | None = _moment(default=None, nullable=True)
    lane: int = Field(default=2, sa_column_kwargs={"server_default": "2"})
    sender: str = Field(default="", sa_column_kwargs={"server_default": ""})


class SetAside(SQLModel, table=True):
    """An update that could not be kept or handled as it came; `payload` is its JSON, in ASCII."""

    __tablename__ = "set_aside"
    __table_args__ = (UniqueConstraint("source", "event_id"),)
    set_aside_id: int | None = Field(default=None, primary_key=True)
    source: str
    event_id: str
    payload: str
    error: str
    at: datetime = _moment()


class Acted(SQLModel, table=True):
    """An admin's event that has acted; `run` names the process that saw it last."""

    frontend: str = Field(primary_key=True)
    event_id: str = Field(primary_key=True)
    user_id: str
    run: str
    at: datetime = _moment()


class Halt(SQLModel, table=True):
    """Nothing is sent on any channel from `at` until `lifted_at`; None: it stands."""

    __table_args__ = (
        Index(
            "ix_halt_stands", "lifted_at", unique=False,
            sqlite_where=sa.text("lifted_at IS NULL"),
            postgresql_where=sa.text("lifted_at IS NULL"),
        ),
        {"sqlite_autoincrement": True},
    )  # fmt: skip
    halt_id: int | None = Field(default=None, primary_key=True)
    at: datetime = _moment()
    admin_id: int = Field(foreign_key="admin.admin_id")
    lifted_at: datetime | None = _moment(default=None, nullable=True)
    lifted_by: int | None = None  # an admin_id


class Lease(SQLModel, table=True):
    """Which process may send from this database; `fence` grows each time the owner changes,
    `beat` as long as it lives. `instance` names the installation (store/instance.py).

    `untold`: starts after an end that nobody wished for, of which the owners have not heard yet;
    `untold_since` and `untold_until` are the Unix seconds without anybody at work,
    `untold_uncertain` the messages on their way then."""

    lease_id: int = Field(default=1, primary_key=True)
    fence: int = 0
    beat: int = _number()
    seen_at: float = _number()  # the owner's Unix seconds at its last beat
    host: str = ""
    pid: int = 0
    process: str = _text()  # boot, namespace and start time: a pid alone may be used again
    instance: str = _text()
    ended_badly: int = _number()  # 1: the owner said so itself when it went
    untold: int = _number()
    untold_since: float = _number()
    untold_until: float = _number()
    untold_uncertain: int = _number()
    told_at: float = _number()  # when the owners heard of such a start last
