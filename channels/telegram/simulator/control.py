"""Telegram's part of the control API: each verb takes a dict and gives back JSON, or a file."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from channels._kit.sandbox_world import Json
from channels.telegram.simulator.account import STARTED, Account
from channels.telegram.simulator.crowd import Crowd, wish_of
from channels.telegram.simulator.errors import ApiError
from channels.telegram.simulator.flood import Flood
from channels.telegram.simulator.hand import Hand
from channels.telegram.simulator.platform import Platform

Verb = Callable[[Json], Awaitable[Any]]


class Control:
    """Acts on the platform from outside. LookupError and ValueError are the caller's mistakes."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._hand = Hand(platform)
        self.crowds: list[Crowd] = []
        self.floods: list[Flood] = []

    def verbs(self) -> dict[str, Verb]:
        """The verbs by name."""
        return {
            "bots": self.bots,
            "revoke": self.revoke,
            "groups": self.groups,
            "say": self.say,
            "edit": self.edit,
            "delete": self.delete,
            "press": self.press,
            "block": self.block,
            "unblock": self.unblock,
            "start": self.start,
            "crowd": self.crowd,
            "flood": self.flood,
            "redeliver": self.redeliver,
            "chat": self.chat,
            "file": self.file,
            "received": self.received,
            "limits": self.limits,
            "commands": self.commands,
        }

    def _account(self, data: Json) -> Account:
        return self._platform.find_account(data.get("bot"))

    async def bots(self, data: Json) -> Any:
        """Lists the bots; with a token, declares one (or gives a known one a new token)."""
        if data.get("token"):
            account = self._platform.declare(
                str(data["token"]), str(data.get("username") or ""), str(data.get("name") or "")
            )
            return describe(account)
        return [describe(account) for account in self._platform.accounts.values()]

    async def revoke(self, data: Json) -> Json:
        """The token answers 401 from now on (revoked=false: again as before)."""
        account = self._account(data)
        account.revoked = bool(data.get("revoked", True))
        return describe(account)

    async def groups(self, data: Json) -> Any:
        """Lists groups; with an id, creates one: {id, title, type, username?, members, kicked?, …}."""
        if "id" in data:
            kind = str(data.get("type", "supergroup"))
            group: Json = {"id": int(data["id"]), "title": str(data.get("title", "Group"))}
            if group["id"] >= 0:
                raise ValueError("a group's id is negative")
            group |= {"type": kind, "_members": [int(m) for m in data.get("members", [])]}
            if data.get("username"):
                group["username"] = str(data["username"])
            if data.get("migrated_to"):
                group["_migrated_to"] = int(data["migrated_to"])
            if data.get("kicked"):
                group["_kicked"] = [self._account(data).id]
            self._platform.groups[group["id"]] = group
        return list(self._platform.groups.values())

    async def say(self, data: Json) -> Any:
        """Writes as a person; the message, or the list of messages of an album."""
        try:
            messages = self._hand.say(self._account(data), data["person"], data)
        except ApiError as refused:  # such as a picture that is none
            raise ValueError(refused.description) from None
        return messages if data.get("album") else messages[0]

    async def edit(self, data: Json) -> Json:
        """Edits a person's own message."""
        return self._hand.edit(self._account(data), data["person"], data["message_id"], data)

    async def delete(self, data: Json) -> Json:
        """Deletes a message of a chat."""
        self._hand.delete(self._account(data), data["person"], data["message_id"])
        return {"deleted": data["message_id"]}

    async def press(self, data: Json) -> Json:
        """Presses a button and waits for the bot's answer."""
        return await self._hand.press(self._account(data), data["person"], data)

    async def block(self, data: Json) -> Json:
        """Blocks the bot: one person, a list of `people`, or a share of a range offset/count."""
        account = self._account(data)
        chosen = self._chosen(data)
        for person in chosen:
            self._hand.block(account, person, bool(data.get("silent")))
        return {"blocked": len(chosen)}

    async def unblock(self, data: Json) -> Json:
        """Takes the bot back."""
        account = self._account(data)
        chosen = self._chosen(data)
        for person in chosen:
            self._hand.unblock(account, person)
        return {"unblocked": len(chosen)}

    async def start(self, data: Json) -> Json:
        """Marks people as having started the bot, without any update: for benchmarks."""
        account = self._account(data)
        chosen = self._chosen(data)
        for person in chosen:
            index = self._platform.world.people.index(int(person))
            if index is None:
                raise LookupError(f"no person {person}")
            account.mark(index, STARTED)
        return {"started": len(chosen)}

    def _chosen(self, data: Json) -> list[int]:
        if "person" in data:
            return [int(data["person"])]
        if "people" in data:
            return [int(p) for p in data["people"]]
        people = self._platform.world.people
        offset, count = int(data.get("offset", 0)), int(data["count"])
        share, last = float(data.get("share", 1.0)), min(offset + count, len(people))
        return [people.id_at(i) for i in range(offset, last) if people.draw(i, "share") < share]

    async def crowd(self, data: Json) -> Any:
        """Sends a crowd to the bot; without count: how the crowds are doing."""
        if "count" not in data:
            return [crowd.describe() for crowd in self.crowds]
        account = self._account(data)
        wish = wish_of(data, len(self._platform.world.people))
        crowd = Crowd(len(self.crowds) + 1, self._platform, account, wish)
        self.crowds.append(crowd)
        return crowd.describe()

    async def flood(self, data: Json) -> Any:
        """`people` write `count` messages, `per_second` of them; without people: how floods do."""
        if "people" not in data:
            return [flood.describe() for flood in self.floods]
        people = [self._hand.person(person).id for person in data["people"]]
        flood = Flood(
            self._platform, self._account(data), people, count=int(data["count"]),
            per_second=float(data.get("per_second") or 300), text=str(data.get("text") or ""),
        )  # fmt: skip
        self.floods.append(flood)
        return flood.describe()

    async def redeliver(self, data: Json) -> Json:
        """Delivers an update a second time; without update_id: the latest one."""
        account = self._account(data)
        known = account.updates.last_ids()
        if not known:
            raise LookupError("there was no update yet")
        update_id = int(data.get("update_id") or known[-1])
        account.updates.push_again(update_id)
        return {"update_id": update_id}

    async def chat(self, data: Json) -> Json:
        """The chat of a person with the bot as it looks now."""
        account = self._account(data)
        chat_id = int(data.get("chat") or data["person"])
        return {
            "bot": account.id,
            "person": chat_id,
            "messages": account.ledger.chat(chat_id),
            "menu": self._menu(account, chat_id),
        }

    async def file(self, data: Json) -> web.Response:
        """The content of a file that a message names, as a person's app would fetch it."""
        stored = self._platform.files.known(self._account(data).id, str(data["file_id"]))
        if stored is None:
            raise LookupError("no such file")
        return web.Response(
            body=stored.data,
            content_type=stored.mime or "application/octet-stream",
            headers={"Cache-Control": "max-age=3600"},  # an id names its content
        )

    def _menu(self, account: Account, chat_id: int) -> list[Json]:
        """The commands a person sees: the narrowest scope that has any, their language first."""
        person = self._platform.world.people.get(chat_id)
        language = person.language if person else ""
        scopes = (
            f'{{"chat_id":{chat_id},"type":"chat"}}',
            '{"type":"all_private_chats"}',
            '{"type":"default"}',
        )
        for scope in scopes:
            for code in (language, ""):
                if found := account.commands.get((scope, code)):
                    return found
        return []

    async def commands(self, data: Json) -> list[Json]:
        """Every menu the bot has set."""
        return [
            {"scope": scope, "language_code": language, "commands": commands}
            for (scope, language), commands in self._account(data).commands.items()
        ]

    async def received(self, data: Json) -> Json:
        """How many messages each person received from the bot."""
        account = self._account(data)
        since = int(data.get("since") or 0)
        counts = account.ledger.counts(str(data.get("contains") or ""), since)
        return {
            "bot": account.id,
            "marker": len(account.ledger),
            "messages": sum(counts.values()),
            "people": len(counts),
            "more_than_one": sum(1 for n in counts.values() if n > 1),
            "counts": {str(person): n for person, n in counts.items()},
        }

    async def limits(self, data: Json) -> Json:
        """Reads or changes the limits; 0 lifts one."""
        rates = self._platform.rates
        for name in rates.describe():
            if name in data:
                value = float(data[name])
                if value < 0:
                    raise ValueError(f"{name} must not be negative")
                setattr(rates, name, int(value) if isinstance(getattr(rates, name), int) else value)
        return rates.describe()


def describe(account: Account) -> Json:
    """A bot in numbers."""
    return {
        "id": account.id,
        "username": account.username,
        "name": account.first_name,
        "token": account.token,
        "revoked": account.revoked,
        "pending_updates": len(account.updates),
        "webhook": account.updates.webhook.url,
        "messages": len(account.ledger),
        "received_by_people": account.ledger.received,
        "refused_429": account.limiter.refused,
        "paid_messages": account.limiter.paid_messages,
        "calls": account.calls,
    }
