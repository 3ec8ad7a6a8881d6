"""An admin's turn for handlers, without a frontend around it."""

from __future__ import annotations

from bot.chat import Actor, Request
from bot.handlers.turn import Turn
from broadcast.language import speech
from broadcast.models import Admin, AdminIdentity
from tests.scenario.house import House


def turn(house: House, who: Admin, command: str, arguments: str = "") -> Turn:
    actor = Actor("telegram", str(who.admin_id), who.name, who.language, admin=who)
    identity = AdminIdentity(
        frontend="telegram", user_id=actor.user_id, admin_id=who.admin_id or 0,
        conversation=actor.user_id,
    )  # fmt: skip
    request = Request(actor, actor.user_id, command, arguments)
    return Turn(house.core, request, who, identity, speech("en"), command)
