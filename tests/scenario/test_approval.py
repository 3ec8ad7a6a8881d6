"""What a yes is about, and for how many it is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from broadcast.account_key import AccountKey
from broadcast.context import Policy
from broadcast.errors import CannotDo
from broadcast.message import MediaKind, Message, RichText
from broadcast.models import ConsentStatus, StoredFile
from broadcast.services import approval_standing, compose, edition, media, reach, review, safety
from broadcast.services.audit import load_broadcast
from broadcast.states import BroadcastStatus as S
from tests.scenario.approving import launch, timed
from tests.scenario.house import House, ScriptedChannel


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = await House(tmp_path, undo_hold_seconds=60).open(subscribers=20)
    yield made
    await made.store.close()


async def digest_of(house: House, number: int) -> str:
    return (await compose.look_at(house.core, number)).digest


Change = Callable[[House, int], object]


async def _text(house: House, number: int) -> None:
    await compose.set_message(house.core, house.author, number, Message(text=RichText(text="Else")))


async def _audience(house: House, number: int) -> None:
    await compose.set_audience(house.core, house.author, number, "tr")


async def _outside(house: House, number: int) -> None:
    await compose.set_reach(house.core, house.author, number, outside="wait")


async def _hours(house: House, number: int) -> None:
    await compose.set_reach(house.core, house.author, number, hours="5")


async def _overflow(house: House, number: int) -> None:
    await compose.set_reach(house.core, house.author, number, overflow="cut")


async def _canary(house: House, number: int) -> None:
    await safety.set_canary(house.core, house.author, number, "5 ask")


async def _account(house: House, _: int) -> None:
    house.core.channels[AccountKey("telegram", "second")] = ScriptedChannel()


async def _default_canary(house: House, _: int) -> None:
    house.core.policy = replace(house.core.policy, canary="10%")


async def _uncertain(house: House, number: int) -> None:
    async with house.store.write() as session:
        (await load_broadcast(session, number)).uncertain_policy = "resend"


async def _house_language(house: House, _: int) -> None:
    house.core.policy = replace(house.core.policy, language="tr")


@pytest.mark.parametrize("change", [
    _text, _audience, _outside, _hours, _overflow, timed, _canary, _account, _default_canary,
    _uncertain, _house_language,
])  # fmt: skip
async def test_whatever_decides_what_anybody_gets_is_part_of_the_digest(
    house: House, change: Change
) -> None:
    number = await house.draft()
    before = await digest_of(house, number)
    assert await digest_of(house, number) == before, "asking again gives the same"
    await change(house, number)  # type: ignore[misc]
    assert await digest_of(house, number) != before


async def test_a_file_counts_by_its_content(house: House) -> None:
    kept = await media.keep(house.core, MediaKind.PHOTO, b"one", filename="map.png")
    number = await house.draft()
    message = Message(text=RichText(text="Map"), media=(kept,))
    await compose.set_message(house.core, house.author, number, message)
    before = await digest_of(house, number)
    async with house.store.write() as session:
        row = await session.get(StoredFile, kept.media_id)
        assert row is not None and len(row.sha256) == 64
        row.sha256 = "0" * 64
    assert await digest_of(house, number) != before


async def test_a_file_of_which_only_a_platform_has_the_bytes_has_a_digest_too(house: House) -> None:
    kept = await media.keep(
        house.core, MediaKind.VIDEO, None, size=10**9, handles={"telegram:default": "BAAC"}
    )
    number = await house.draft()
    message = Message(text=RichText(text="Film"), media=(kept,))
    await compose.set_message(house.core, house.author, number, message)
    before = await digest_of(house, number)
    await media.remember_handles(house.core, "telegram:default", {kept.media_id: "BAAD"})
    assert await digest_of(house, number) == before, "the same file under another id"


async def test_a_file_put_in_its_place_is_never_opened_for_sending(house: House) -> None:
    kept = await media.keep(house.core, MediaKind.DOCUMENT, b"terms", filename="terms.pdf")
    stored = await media.find(house.core, "telegram:default", kept.media_id)
    with stored.sealed() as file:
        assert file.read() == b"terms"
    assert stored.path is not None
    Path(stored.path).write_bytes(b"other terms")  # noqa: ASYNC240 - nobody waits
    with pytest.raises(CannotDo, match="not the one I was given"):
        stored.sealed()
    again = await media.keep(house.core, MediaKind.DOCUMENT, b"terms", filename="terms.pdf")
    assert again == kept, "sent anew it is mended"
    with stored.sealed() as file:
        assert file.read() == b"terms"


def test_two_documents_name_the_parts_in_which_they_differ() -> None:
    one = {"message": {"text": "a"}, "at": "now", "canary": ["off", 0.0]}
    assert edition.differing_parts(one, dict(one)) == []
    assert edition.differing_parts(one, one | {"at": "later", "more": 1}) == ["at", "more"]


# How many it is for


@pytest.mark.parametrize(("before", "now", "asks"), [
    (100, 105, False), (100, 106, True), (10, 11, False), (10, 12, True), (1, 2, False),
    (3, 23, True), (1000, 1049, False), (1000, 900, False), (0, 1, False), (0, 2, True),
])  # fmt: skip
def test_growth_is_asked_about_over_a_share_and_over_a_number(
    before: int, now: int, asks: bool
) -> None:
    assert (approval_standing.why_grown(Policy(), before, now) is not None) == asks


async def test_the_yes_says_for_how_many_it_is(house: House) -> None:
    number = await house.approved()
    ((approval, _),) = await review.decisions(house.core, number)
    assert approval.people == 20 == await reach.people(house.core, {})


async def test_who_leaves_during_the_hold_asks_nobody_again(house: House) -> None:
    number = await house.approved()
    async with house.store.bulk() as db:
        await db.execute(
            text("UPDATE address SET consent = :out WHERE value < '1010'"),
            {"out": ConsentStatus.OPTED_OUT.value},
        )
    await launch(house, number)
    assert await house.status(number) in {S.SENDING, S.COMPLETED}
