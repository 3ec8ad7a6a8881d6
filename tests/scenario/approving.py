"""What the scenarios of approvals share: a channel with a template, a hold that runs out."""

from __future__ import annotations

from datetime import timedelta

from broadcast.channel import Template
from broadcast.message import TemplateUse
from broadcast.models import Admin, Role
from broadcast.services import compose, schedule
from broadcast.services.audit import load_broadcast
from broadcast.states import BroadcastStatus as S
from tests.scenario.house import House
from tests.scenario.world import Windowed

USE = TemplateUse(channel="whatsapp", name="promo", language="tr", parameters=(("1", "Ada"),))


class Catalogued(Windowed):
    """A channel whose platform holds one template, and may change it."""

    def __init__(self, body: str = "Merhaba {{1}}, sergi açıldı.") -> None:
        super().__init__()
        self.body, self.listed = body, 0
        self.known: Template | None = None

    def known_template(self, name: str, language: str) -> Template | None:
        return self.known

    async def list_templates(self) -> list[Template]:
        self.listed += 1
        self.known = Template("promo", "tr", "marketing", self.body, "approved", parameters=("1",))
        return [self.known]

    async def create_template(self, template: Template, examples: object) -> Template:
        raise NotImplementedError


async def joined(house: House, name: str, role: Role) -> Admin:
    return await house._admin(name, role)


async def launch(house: House, number: int) -> None:
    """Its hold runs out now."""
    async with house.store.write() as session:
        row = await load_broadcast(session, number)
        row.hold_until = house.now - timedelta(seconds=1)

    async def moved() -> bool:
        return await house.status(number) != S.HOLDING

    await house.run_while(moved)


async def why(house: House, number: int) -> str:
    asked = (await compose.look_at(house.core, number)).asked
    return asked.why.format_map(asked.details) if asked else ""


async def timed(house: House, number: int) -> None:
    later = house.now + timedelta(hours=1)
    await schedule.set_time(house.core, house.author, number, later)
