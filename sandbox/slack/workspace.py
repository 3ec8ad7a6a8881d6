"""The workspace: its people, conversations and user groups, as Slack's JSON shows them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.people import zone_of

Json = dict[str, Any]

TEAM_ID = "T0SANDBOX"
PEOPLE = (  # id, name, time zone, locale
    ("U0ECE", "Ece Yılmaz", "Europe/Istanbul", "tr-TR"),
    ("U0MERT", "Mert Kaya", "Europe/Istanbul", "tr-TR"),
    ("U0ANNA", "Anna Walker", "America/New_York", "en-US"),
    ("U0JONAS", "Jonas Weber", "Europe/Berlin", "de-DE"),
)
_ASCII = str.maketrans("çğıöşüâîéÇĞİÖŞÜ", "cgiosuaieCGIOSU")


@dataclass(slots=True)
class Member:
    """Somebody in the workspace."""

    id: str
    real_name: str
    timezone: str = "UTC"
    locale: str = "en-US"
    email: str = ""
    is_admin: bool = False
    is_bot: bool = False
    deleted: bool = False
    updated: int = 0

    @property
    def name(self) -> str:
        """The handle, as in @ece.yilmaz."""
        return re.sub(r"[^a-z0-9]+", ".", self.real_name.translate(_ASCII).lower()).strip(".")

    def describe(self, locale: bool = False, email: bool = False) -> Json:
        """As users.info shows them; `email` only with the scope users:read.email."""
        zone = datetime.now(ZoneInfo(self.timezone))
        first, _, last = self.real_name.partition(" ")
        offset = zone.utcoffset()
        profile: Json = {
            "title": "", "phone": "", "skype": "", "real_name": self.real_name,
            "real_name_normalized": self.real_name, "display_name": first,
            "display_name_normalized": first, "status_text": "", "status_emoji": "",
            "status_expiration": 0, "avatar_hash": "", "first_name": first, "last_name": last,
            "team": TEAM_ID,
        }  # fmt: skip
        if email:
            profile["email"] = self.email or f"{self.name}@example.org"
        shown: Json = {
            "id": self.id, "team_id": TEAM_ID, "name": self.name, "deleted": self.deleted,
            "color": "9f69e7", "real_name": self.real_name, "profile": profile,
            "is_bot": self.is_bot, "is_app_user": False, "updated": self.updated,
        }  # fmt: skip
        if not self.deleted:  # what Slack leaves out once an account is closed
            shown |= {
                "tz": self.timezone, "tz_label": zone.tzname() or self.timezone,
                "tz_offset": int(offset.total_seconds()) if offset else 0,
                "is_admin": self.is_admin, "is_owner": False, "is_primary_owner": False,
                "is_restricted": False, "is_ultra_restricted": False, "is_email_confirmed": True,
                "who_can_share_contact_card": "EVERYONE",
            }  # fmt: skip
        if locale:
            shown["locale"] = self.locale
        return shown


@dataclass(slots=True)
class Conversation:
    """A channel, a private channel or a direct message; `kind`: channel, group, im."""

    id: str
    name: str
    kind: str = "channel"
    members: set[str] = field(default_factory=set)
    archived: bool = False
    created: int = 0

    def describe(self, bot_user: str) -> Json:
        """As conversations.info shows it to the bot."""
        shown: Json = {
            "id": self.id, "created": self.created, "is_archived": self.archived,
            "is_im": self.kind == "im", "is_org_shared": False, "context_team_id": TEAM_ID,
            "updated": self.created * 1000,
        }  # fmt: skip
        if self.kind == "im":
            other = next(iter(self.members - {bot_user}), bot_user)
            return shown | {"user": other, "is_user_deleted": False, "priority": 0}
        private = self.kind == "group"
        empty = {"value": "", "creator": "", "last_set": 0}
        return shown | {
            "name": self.name, "name_normalized": self.name, "is_channel": not private,
            "is_group": private, "is_mpim": False, "is_private": private,
            "is_general": self.name == "general", "is_member": bot_user in self.members,
            "is_shared": False, "is_ext_shared": False, "unlinked": 0, "creator": "U0ANNA",
            "shared_team_ids": [TEAM_ID], "pending_shared": [], "previous_names": [],
            "pending_connected_team_ids": [], "is_pending_ext_shared": False,
            "topic": empty, "purpose": empty,
        }  # fmt: skip


@dataclass(slots=True)
class Group:
    """A user group (paid plans only)."""

    id: str
    handle: str
    name: str
    users: list[str] = field(default_factory=list)


class Workspace:
    """Everybody and every place. Lookups raise LookupError with a sentence."""

    def __init__(self, bot_user: str) -> None:
        self.id, self.name, self.domain = TEAM_ID, "Sandbox", "sandbox"
        self.bot_user = bot_user
        self.paid = True  # user groups exist on paid plans only
        self.members: dict[str, Member] = {}
        self.conversations: dict[str, Conversation] = {}
        self.groups: dict[str, Group] = {}
        for person in PEOPLE:
            self.members[person[0]] = Member(*person)
        self.members["U0ANNA"].is_admin = True
        self.members[bot_user] = Member(bot_user, "Tellal", is_bot=True)
        everybody = set(self.members)
        for name in ("general", "broadcasts"):
            channel = Conversation(f"C0{name.upper()}", name, members=set(everybody))
            self.conversations[channel.id] = channel

    def find_member(self, wanted: Any) -> Member:
        """By id, handle or full name."""
        text = str(wanted).removeprefix("@")
        for member in self.members.values():
            if text in (member.id, member.name, member.real_name):
                return member
        raise LookupError(f"no user {wanted!r}; there are {', '.join(self.members)}")

    def find_conversation(self, wanted: Any) -> Conversation:
        """By id or name."""
        text = str(wanted).removeprefix("#")
        for conversation in self.conversations.values():
            if text in (conversation.id, conversation.name):
                return conversation
        raise LookupError(f"no channel {wanted!r}; there are {', '.join(self.conversations)}")

    def direct(self, user: str) -> Conversation:
        """The direct message between a person and the bot, opened if need be."""
        dm = f"D0DIRECT0{user[1:]}"  # as long as real ones: shorter ids are refused where files go
        if dm not in self.conversations:
            self.conversations[dm] = Conversation(dm, "", "im", {user, self.bot_user})
        return self.conversations[dm]

    def add_member(self, wish: Json) -> Member:
        """A new person (or new facts about a known one), a member of #general."""
        user = str(wish["user"])
        if not re.fullmatch(r"[UW][A-Z0-9]+", user):
            raise ValueError("a user's id is U or W and then capitals and digits")
        member = self.members.setdefault(user, Member(user, str(wish.get("name") or user)))
        member.real_name = str(wish.get("name") or member.real_name)
        member.timezone = zone_of(wish.get("timezone"), member.timezone)
        member.locale = str(wish.get("locale") or member.locale)
        member.email = str(wish.get("email") or member.email)
        member.is_admin = bool(wish.get("is_admin", member.is_admin))
        for channel in ["general", *wish.get("channels", [])]:
            self.find_conversation(channel).members.add(user)
        return member

    def add_conversation(self, wish: Json) -> Conversation:
        """A new channel, or a change to one: name, private, members, archived, bot (is it in?)."""
        name = str(wish["name"]).removeprefix("#")
        try:
            channel = self.find_conversation(name)
        except LookupError:
            channel = Conversation(f"C0{re.sub('[^A-Z0-9]', '', name.upper())}", name)
            self.conversations[channel.id] = channel
        if "private" in wish:
            channel.kind = "group" if wish["private"] else "channel"
        if "members" in wish:
            kept = channel.members & {self.bot_user}
            channel.members = kept | {self.find_member(m).id for m in wish["members"]}
        if "bot" in wish:
            channel.members -= {self.bot_user}
            channel.members |= {self.bot_user} if wish["bot"] else set()
        channel.archived = bool(wish.get("archived", channel.archived))
        return channel
