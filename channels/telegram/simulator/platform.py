"""The platform itself: bots, chats, and the one way a message reaches somebody."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from channels._kit.sandbox_world import Json, Person, World
from channels.telegram.simulator.account import BLOCKED, STARTED, Account
from channels.telegram.simulator.errors import ApiError, bad_request, forbidden, unauthorized
from channels.telegram.simulator.files import Files
from channels.telegram.simulator.limits import Rates

TOKEN = re.compile(r"(\d{1,16}):[\w-]+")
Listener = Callable[[Account, int, Json], None]


class Platform:
    """All that exists on this fake Telegram."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.rates = Rates.of(world.rate("telegram", 30.0))
        self.accounts: dict[int, Account] = {}
        self.groups: dict[int, Json] = {}
        self.files = Files()
        self.on_new_account: Callable[[Account], None] = lambda _: None
        self.listeners: list[Listener] = []  # told of every message a person receives
        self._albums = 0
        self._query_ids = 4_000_000_000_000_000

    # Bots

    def account(self, token: str) -> Account:
        """The bot of a well-formed token, created the first time it is used."""
        known = self.accounts.get(int(token.split(":", 1)[0]))
        if known is None:
            return self.declare(token)
        if known.token != token or known.revoked:
            raise unauthorized()
        return known

    def declare(self, token: str, username: str = "", name: str = "") -> Account:
        """Creates a bot, or gives a known one a new token or name."""
        if not TOKEN.fullmatch(token):
            raise ValueError("a token looks like 123456:ABC-def")
        known = self.accounts.get(int(token.split(":", 1)[0]))
        if known is None:
            known = Account(token, self.rates, username, name)
            self.accounts[known.id] = known
            self.on_new_account(known)
            return known
        known.token, known.revoked = token, False
        known.username = username or known.username
        known.first_name = name or known.first_name
        return known

    def find_account(self, wanted: Any = None) -> Account:
        """A bot by id, user name or token; the first one when nothing is asked for."""
        if wanted in (None, ""):
            if not self.accounts:
                raise LookupError("there is no bot yet: start one, or POST /control/bots")
            return next(iter(self.accounts.values()))
        text = str(wanted).removeprefix("@")
        for account in self.accounts.values():
            if text in (str(account.id), account.username, account.token):
                return account
        raise LookupError(f"no bot {wanted!r}")

    # People and chats

    def user(self, person: Person) -> Json:
        """A person as a User."""
        user: Json = {"id": person.id, "is_bot": False, "first_name": person.first_name}
        if person.last_name:
            user["last_name"] = person.last_name
        if person.username:
            user["username"] = person.username
        if person.language:
            user["language_code"] = person.language
        return user

    def private_chat(self, person: Person) -> Json:
        """The chat with a person."""
        chat: Json = {"id": person.id, "first_name": person.first_name}
        if person.last_name:
            chat["last_name"] = person.last_name
        if person.username:
            chat["username"] = person.username
        chat["type"] = "private"
        return chat

    def chat(self, chat_id: Any) -> Json:
        """Any chat by id or @name; 400 when there is none."""
        if isinstance(chat_id, str):
            name = chat_id.removeprefix("@")
            found = [g for g in self.groups.values() if g.get("username") == name]
            if not chat_id.startswith("@") or not found:
                raise bad_request("chat not found")
            return found[0]
        if chat_id in self.groups:
            return self.groups[chat_id]
        person = self.world.people.get(chat_id)
        if person is None:
            raise bad_request("chat not found")
        return self.private_chat(person)

    def open_chat(self, account: Account, chat_id: Any) -> Json:
        """A chat this bot may write to, or the refusal Telegram has for it."""
        if isinstance(chat_id, int) and chat_id > 0:
            people = self.world.people
            index = people.index(chat_id)
            if index is None:
                if chat_id in self.accounts:
                    raise forbidden("bot can't send messages to bots")
                raise bad_request("chat not found")
            if people.is_deactivated(index):
                raise forbidden("user is deactivated")
            standing = account.standing_of(index)
            if standing & BLOCKED:
                raise forbidden("bot was blocked by the user")
            if not standing & STARTED:
                raise forbidden("bot can't initiate conversation with a user")
            return self.private_chat(people.at(index))
        chat = self.chat(chat_id)
        if "_migrated_to" in chat:
            words = "Bad Request: group chat was upgraded to a supergroup chat"
            raise ApiError(400, words, migrate_to_chat_id=chat["_migrated_to"])
        if account.id in chat.get("_kicked", ()):
            raise forbidden(f"bot was kicked from the {chat['type']} chat")
        return {k: v for k, v in chat.items() if not k.startswith("_")}

    def album_id(self) -> str:
        """A new media_group_id."""
        self._albums += 1
        return str(13_000_000_000_000_000 + self._albums)

    def query_id(self) -> str:
        """A new callback query id."""
        self._query_ids += 1
        return str(self._query_ids)

    # Messages

    def deliver(self, account: Account, chat: Json, content: Json) -> Json:
        """A message of the bot arrives in a chat: the one place where that happens."""
        message: Json = {
            "message_id": account.ledger.next_id(),
            "from": account.user(),
            "chat": chat,
            "date": int(time.time()),
            **content,
        }
        chat_id = chat["id"]
        live = self.world.live
        account.ledger.add(message, True, live.watches(chat_id))
        for listener in self.listeners:
            listener(account, chat_id, message)
        if live.wants(chat_id):
            self.tell("message", account, chat_id, message=message, from_bot=True)
        return message

    def receive(self, account: Account, chat: Json, content: Json) -> Json:
        """A message of a person arrives at the bot (the update is the caller's)."""
        message: Json = {
            "message_id": account.ledger.next_id(),
            "from": content.pop("from"),
            "chat": chat,
            "date": int(time.time()),
            **content,
        }
        live = self.world.live
        account.ledger.add(message, False, live.watches(chat["id"]))
        if live.wants(chat["id"]):
            self.tell("message", account, chat["id"], message=message, from_bot=False)
        return message

    def tell(self, kind: str, account: Account, chat_id: int, **facts: Any) -> None:
        """Puts something on the live stream."""
        event = {"type": kind, "channel": "telegram", "bot": account.id, "person": chat_id, **facts}
        self.world.live.publish(event, chat_id)
