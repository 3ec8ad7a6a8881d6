"""Who somebody is in the workspace: name, language, time zone, whether they are still there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import Any

import structlog
from slack_sdk.web.async_client import AsyncWebClient

from bot.chat import NotSaid
from bot.frontends.slack.api import refusals
from bot.per_person import log_and_go_on
from broadcast import timezone as zones
from broadcast.context import Core
from broadcast.services import team

log = structlog.get_logger()
FRESH_SECONDS = (
    3600.0  # users.info is Tier 4: asked once an hour about each admin who does something
)


@dataclass(frozen=True, slots=True)
class Person:
    """`language` is Slack's locale (`tr-TR`), `timezone` an IANA name."""

    name: str
    language: str
    timezone: str
    deleted: bool


def person_of(user: Mapping[str, Any]) -> Person:
    """From users.info or user_change; a closed account has neither zone nor language."""
    profile = user.get("profile") or {}
    name = profile.get("real_name") or user.get("real_name") or user.get("name") or ""
    return Person(
        str(name), str(user.get("locale") or ""), zones.named(str(user.get("tz") or "")),
        bool(user.get("deleted")),
    )  # fmt: skip


class People:
    """What Slack said of each person last."""

    def __init__(self, core: Core, client: AsyncWebClient, name: str) -> None:
        self._core, self._client, self._frontend = core, client, name
        self._known: dict[str, tuple[float, Person]] = {}

    async def look(self, user: str) -> Person | None:
        """None when Slack does not say."""
        known = self._known.get(user)
        if known is not None and monotonic() - known[0] < FRESH_SECONDS:
            return known[1]
        try:
            with refusals():
                answer = await self._client.users_info(user=user, include_locale=True)
        except NotSaid as no:
            log.info("slack_person_unknown", why=str(no))
            return None
        found = person_of(answer["user"])
        self._known[user] = monotonic(), found
        return found

    def known(self, user: str) -> Person | None:
        """What was last heard, without asking."""
        found = self._known.get(user)
        return found[1] if found else None

    def is_fresh(self, user: str) -> bool:
        known = self._known.get(user)
        return known is not None and monotonic() - known[0] < FRESH_SECONDS

    async def follow(self, user: str) -> None:
        """Language and zone as Slack has them now; an account that is closed stops working."""
        if (found := await self.look(user)) is not None:
            await self._take_over(user, found)

    async def introduce(self) -> None:
        """An owner named by the settings is only an id until Slack tells the name; cards would
        say so of their first press."""
        for admin, identity in await team.conversations(self._core):
            if identity.frontend == self._frontend and admin.name == identity.user_id:
                with log_and_go_on("slack_person_not_known"):
                    await self.follow(identity.user_id)

    async def changed(self, user: Mapping[str, Any]) -> None:
        """Slack told of a change by itself."""
        found = person_of(user)
        self._known[str(user["id"])] = monotonic(), found
        await self._take_over(str(user["id"]), found)

    async def _take_over(self, user: str, found: Person) -> None:
        if found.deleted:
            if await team.leave(self._core, self._frontend, user):
                log.info("slack_admin_left")
            return
        await team.profile(
            self._core, self._frontend, user, language=found.language, timezone=found.timezone,
            name=found.name,
        )  # fmt: skip

    async def names(self, ids: Iterable[str]) -> dict[str, str]:
        """Of people, channels and user groups that a text mentions; those Slack hides are absent."""
        found: dict[str, str] = {}
        wanted = set(ids)
        if any(one.startswith("S") for one in wanted):
            found |= await self._groups()
        for one in wanted:
            if one[:1] in {"U", "W"}:
                person = await self.look(one)
                if person is not None and person.name:
                    found[one] = person.name
            elif one[:1] in {"C", "G"}:
                found |= await self._channel(one)
        return found

    async def _groups(self) -> dict[str, str]:
        try:
            with refusals():
                answer = await self._client.usergroups_list()
        except NotSaid:
            return {}
        return {group["id"]: group["handle"] for group in answer["usergroups"]}

    async def _channel(self, channel: str) -> dict[str, str]:
        try:
            with refusals():
                answer = await self._client.conversations_info(channel=channel)
        except NotSaid:
            return {}
        return {channel: answer["channel"].get("name") or channel}
