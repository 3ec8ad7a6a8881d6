"""A link with a name on each platform, opened as people there open it, and who is counted."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from broadcast.services import posters, subscribers
from sandbox.server import running
from tests.contract.stage import stage

ADA, BEN, CAN = (1_000_000_000 + n for n in (1, 2, 3))


async def test_whoever_comes_by_a_link_on_any_platform_is_counted_for_it(tmp_path: Path) -> None:
    async with (
        running(people=50) as sandbox,
        stage(sandbox, tmp_path, "telegram", "whatsapp", "messenger") as here,
    ):
        author, _ = await here.admins()
        await posters.make(here.core, author, "door")
        ways = {way.key: urlsplit(way.url) for way in posters.ways_in(here.core, "door")}
        assert {key: way.netloc for key, way in ways.items()} == {
            "telegram": "t.me", "whatsapp": "wa.me", "messenger": "m.me",
        }  # fmt: skip

        payload = parse_qs(ways["telegram"].query)["start"][0]
        await here.do("telegram", "say", person=ADA, text=f"/start {payload}")
        await here.do("telegram", "say", person=ADA, text="YES")
        prepared = parse_qs(ways["whatsapp"].query)["text"][0]
        await here.do("whatsapp", "say", person=BEN, text=prepared)
        await here.do(
            "messenger", "start", person=CAN, ref=parse_qs(ways["messenger"].query)["ref"][0]
        )
        await here.do("messenger", "say", person=CAN, text="YES")

        async def counted() -> bool:
            ((_, came),) = await posters.count_joined(here.core)
            return (came.opened, came.joined, came.left) == (3, 3, 0)

        await here.until(counted)
        await here.do("whatsapp", "say", person=BEN, text="STOP")

        async def left() -> bool:
            ((_, came),) = await posters.count_joined(here.core)
            return (came.opened, came.joined, came.left) == (3, 3, 1)

        await here.until(left)
        found = await subscribers.figures(here.core)
        assert (found.people, found.lately.joined, found.lately.left) == (2, 3, 1)
        assert {name: one.now for name, one in found.channels.items()} == {
            "telegram": 1, "messenger": 1, "whatsapp": 0,
        }  # fmt: skip
