"""Lists that do not fit: nothing in them is out of reach."""

from __future__ import annotations

from broadcast.models import Broadcast
from tests.unit.desk import Desk


async def filled(desk: Desk, status: str, count: int) -> None:
    house = desk.house
    async with house.store.write() as session:
        for n in range(count):
            content = {"text": {"text": f"Number {n}", "entities": []}}
            session.add(
                Broadcast(
                    author_id=house.author.admin_id or 0, content=content, audience={},
                    status=status, created_at=house.now,
                )
            )  # fmt: skip


def commands(desk: Desk, verb: str) -> set[str]:
    buttons = [b for reply in desk.last for row in reply.buttons for b in row]
    return {b.command for b in buttons if b.command.startswith(f"{verb} ")}


async def test_status_shows_some_and_offers_the_rest(desk: Desk) -> None:
    await filled(desk, "in_review", 12)
    assert "… and 7 more" in await desk.says("author", "/status")
    assert len(desk.last) == 6
    assert len(commands(desk, "status")) == 7
    assert "Number 0" in await desk.press("author", "Number 0")


async def test_every_draft_can_be_reached_page_by_page(desk: Desk) -> None:
    await filled(desk, "draft", 23)
    found = set()
    assert "You have 23 drafts. Page 1 of 3" in await desk.says("author", "/drafts")
    for page in (1, 2, 3):
        found |= commands(desk, "open")
        said = await desk.press("author", "More")
        assert f"Page {page % 3 + 1} of 3" in said
    assert len(found) == 23
    assert "Page 3 of 3" in await desk.says("author", "/drafts 99")
