"""Admins at a console without a platform: text in, replies out."""

from __future__ import annotations

from dataclasses import dataclass, field

from bot import dispatch
from bot.chat import Actor, Reply, Request
from broadcast.message import Message, RichText
from broadcast.models import Admin, Role
from broadcast.services import compose
from tests.scenario.house import House


@dataclass
class Desk:
    """Admins of one house, by their user ids on a console called `test`."""

    house: House
    last: list[Reply] = field(default_factory=list)
    sent: int = 0

    async def seat(self, admin: Admin, user: str) -> None:
        await self.house.seat(admin, "test", user)

    async def says(
        self, user: str, text: str, *, edited: bool = False, pressed: bool = False
    ) -> str:
        """A command line or free text; the replies' words, one after another."""
        actor = Actor("test", user, user.title(), "en")
        if text.startswith("/"):
            command, _, arguments = text[1:].partition(" ")
            request = Request(actor, user, command, arguments, pressed=pressed)
        else:
            content = Message(text=RichText(text=text))
            self.sent += not edited
            request = Request(
                actor, user, content=content, edited=edited, message_id=str(self.sent)
            )
        self.last = await dispatch.handle(self.house.core, request)
        return "\n".join(reply.text.text for reply in self.last)

    async def taps(self, user: str, line: str) -> str:
        """A button that carries this command line."""
        return await self.says(user, "/" + line, pressed=True)

    async def press(self, user: str, label: str) -> str:
        for reply in self.last:
            for row in reply.buttons:
                for button in row:
                    if label in button.label:
                        return await self.taps(user, button.command)
        raise AssertionError(f"no button {label!r}")

    async def written(self, text: str = "Water is off tomorrow") -> int:
        await self.says("author", "/new")
        await self.says("author", text)
        return (await compose.drafts(self.house.core, self.house.author))[0].broadcast_id or 0

    async def submitted(self) -> tuple[int, str]:
        """Its number, and the submission its card carries."""
        number = await self.written()
        await self.says("author", "/submit")
        return number, (await compose.look_at(self.house.core, number)).submission


async def seated(house: House) -> Desk:
    """An author, an approver and an owner."""
    made = Desk(house)
    await made.seat(house.author, "author")
    await made.seat(house.approver, "approver")
    second = Admin(name="Zeynep", role=Role.OWNER, created_at=house.now)
    async with house.store.write() as session:
        session.add(second)
    await made.seat(second, "owner")
    return made
