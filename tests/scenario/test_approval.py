"""What a yes is about, whose yes counts, and until when."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from broadcast.core import Policy
from broadcast.engine import due, runner
from broadcast.errors import CannotDo, NotAllowed, TooLate
from broadcast.machine import BroadcastStatus as S
from broadcast.message import MediaKind, Message, RichText, TemplateUse
from broadcast.models import Admin, ConsentStatus, Inbox, Role, StoredFile, Submission
from broadcast.ports import Lane, Template
from broadcast.services import (
    compose,
    control,
    edition,
    library,
    reach,
    review,
    safety,
    schedule,
    standing,
)
from broadcast.services.record import load
from broadcast.store.session import Store
from tests.scenario.house import KEY, House, ScriptedChannel
from tests.scenario.world import Windowed, World

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


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = await House(tmp_path, undo_hold_seconds=60).open(subscribers=20)
    yield made
    await made.store.close()


async def joined(house: House, name: str, role: Role) -> Admin:
    return await house._admin(name, role)


async def launch(house: House, number: int) -> None:
    """Its hold runs out now."""
    async with house.store.write() as session:
        row = await load(session, number)
        row.hold_until = house.now - timedelta(seconds=1)

    async def moved() -> bool:
        return await house.status(number) != S.HOLDING

    await house.run_while(moved)


async def why(house: House, number: int) -> str:
    asked = (await compose.look(house.core, number)).asked
    return asked.why.format_map(asked.details) if asked else ""


# What it is about


async def digest_of(house: House, number: int) -> str:
    return (await compose.look(house.core, number)).digest


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


async def _time(house: House, number: int) -> None:
    later = house.now + timedelta(hours=1)
    await schedule.set_time(house.core, house.author, number, later)


async def _canary(house: House, number: int) -> None:
    await safety.set_canary(house.core, house.author, number, "5 ask")


async def _account(house: House, _: int) -> None:
    house.core.channels["telegram", "second"] = ScriptedChannel()


async def _default_canary(house: House, _: int) -> None:
    house.core.policy = replace(house.core.policy, canary="10%")


async def _uncertain(house: House, number: int) -> None:
    async with house.store.write() as session:
        (await load(session, number)).uncertain_policy = "resend"


async def _house_language(house: House, _: int) -> None:
    house.core.policy = replace(house.core.policy, language="tr")


@pytest.mark.parametrize("change", [
    _text, _audience, _outside, _hours, _overflow, _time, _canary, _account, _default_canary,
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
    kept = await library.keep(house.core, MediaKind.PHOTO, b"one", filename="map.png")
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
    kept = await library.keep(
        house.core, MediaKind.VIDEO, None, size=10**9, handles={"telegram:default": "BAAC"}
    )
    number = await house.draft()
    message = Message(text=RichText(text="Film"), media=(kept,))
    await compose.set_message(house.core, house.author, number, message)
    before = await digest_of(house, number)
    await library.remember_handles(house.core, "telegram:default", {kept.media_id: "BAAD"})
    assert await digest_of(house, number) == before, "the same file under another id"


async def test_a_file_put_in_its_place_is_never_opened_for_sending(house: House) -> None:
    kept = await library.keep(house.core, MediaKind.DOCUMENT, b"terms", filename="terms.pdf")
    stored = await library.find(house.core, "telegram:default", kept.media_id)
    with stored.sealed() as file:
        assert file.read() == b"terms"
    assert stored.path is not None
    Path(stored.path).write_bytes(b"other terms")  # noqa: ASYNC240 - nobody waits
    with pytest.raises(CannotDo, match="not the one I was given"):
        stored.sealed()
    again = await library.keep(house.core, MediaKind.DOCUMENT, b"terms", filename="terms.pdf")
    assert again == kept, "sent anew it is mended"
    with stored.sealed() as file:
        assert file.read() == b"terms"


def test_two_documents_name_the_parts_in_which_they_differ() -> None:
    one = {"message": {"text": "a"}, "at": "now", "canary": ["off", 0.0]}
    assert edition.differing(one, dict(one)) == []
    assert edition.differing(one, one | {"at": "later", "more": 1}) == ["at", "more"]


# How many it is for


@pytest.mark.parametrize(("before", "now", "asks"), [
    (100, 105, False), (100, 106, True), (10, 11, False), (10, 12, True), (1, 2, False),
    (3, 23, True), (1000, 1049, False), (1000, 900, False), (0, 1, False), (0, 2, True),
])  # fmt: skip
def test_growth_is_asked_about_over_a_share_and_over_a_number(
    before: int, now: int, asks: bool
) -> None:
    assert (standing.grown(Policy(), before, now) is not None) == asks


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


# Whose it is


async def test_a_team_of_two_writes_in_turn(house: House) -> None:
    """What was approved has been read by two; from there on only the change counts."""
    first, second = await joined(house, "X", Role.OWNER), await joined(house, "Y", Role.OWNER)
    number = await _written_by(house, first)
    seen = await review.submit(house.core, first, number)
    with pytest.raises(NotAllowed):
        await review.approve(house.core, first, number, seen.submission)
    await review.approve(house.core, second, number, seen.submission)
    await compose.set_message(
        house.core, second, number, Message(text=RichText(text="Water is off on Monday"))
    )
    seen = await review.submit(house.core, second, number)
    assert [who.name for who in seen.authors] == ["Y"]
    with pytest.raises(NotAllowed):
        await review.approve(house.core, second, number, seen.submission)
    await review.approve(house.core, first, number, seen.submission)
    assert await house.status(number) == S.HOLDING


async def _written_by(house: House, admin: Admin) -> int:
    row = await compose.new(house.core, admin)
    number = row.broadcast_id or 0
    message = Message(text=RichText(text="Water is off tomorrow"))
    await compose.set_message(house.core, admin, number, message)
    return number


async def test_an_approval_that_fell_does_not_clear_who_wrote_it(house: House) -> None:
    owner = await joined(house, "X", Role.OWNER)
    number = await house.draft()
    await compose.set_message(
        house.core, owner, number, Message(text=RichText(text="The owner's words"))
    )
    await house.approve(number)
    house.core.channels["telegram", "second"] = ScriptedChannel()
    await launch(house, number)
    assert await house.status(number) == S.IN_REVIEW
    assert "accounts" in await why(house, number)
    seen = await compose.look(house.core, number)
    with pytest.raises(NotAllowed):
        await review.approve(house.core, owner, number, seen.submission)


async def test_a_change_that_changes_nothing_shapes_nothing(house: House) -> None:
    owner = await joined(house, "X", Role.OWNER)
    number = await house.draft()
    message = compose.message_of(await compose.get(house.core, number))
    await compose.set_message(house.core, owner, number, message)
    look = await compose.look(house.core, number)
    assert [who.name for who in look.authors] == ["Ayşe"]


async def test_where_the_house_allows_it_one_approves_ones_own(house: House) -> None:
    house.core.policy = replace(house.core.policy, allow_self_approval=True)
    owner = await joined(house, "X", Role.OWNER)
    number = await _written_by(house, owner)
    seen = await review.submit(house.core, owner, number)
    await review.approve(house.core, owner, number, seen.submission)
    assert await house.status(number) == S.HOLDING


@pytest.mark.parametrize("becomes", ["author", "gone"])
async def test_a_yes_lasts_as_long_as_its_person_may_say_it(house: House, becomes: str) -> None:
    number = await house.approved()
    async with house.store.write() as session:
        now = await session.get(Admin, house.approver.admin_id)
        assert now is not None
        if becomes == "gone":
            now.active = False
        else:
            now.role = Role.AUTHOR
    await launch(house, number)
    assert await house.status(number) == S.IN_REVIEW
    assert "Murat may not approve any more" in await why(house, number)
    assert not house.channel.asked


async def test_a_round_asked_again_has_another_id_and_the_old_one_is_void(house: House) -> None:
    number = await house.approved()
    before = (await compose.get(house.core, number)).submission
    house.core.policy = replace(house.core.policy, approvals_required=2)
    await launch(house, number)
    seen = await compose.look(house.core, number)
    assert seen.submission != before
    with pytest.raises(TooLate):
        await review.approve(house.core, house.approver, number, before)
    other = await joined(house, "Z", Role.APPROVER)
    for who in (house.approver, other):
        await review.approve(house.core, who, number, seen.submission)
    assert await house.status(number) == S.HOLDING


async def test_every_id_is_its_own(house: House) -> None:
    numbers = [await house.draft("The same words") for _ in range(3)]
    ids = [(await review.submit(house.core, house.author, n)).submission for n in numbers]
    assert len(set(ids)) == 3 and all(len(bytes.fromhex(one)) >= 8 for one in ids)
    async with house.store.read() as session:
        assert await session.get(Submission, ids[0]) is not None
    with pytest.raises(TooLate):
        await review.approve(house.core, house.approver, numbers[0], ids[1])


async def test_a_yes_long_after_its_time_does_not_send_at_another_hour(house: House) -> None:
    number = await house.draft()
    await _time(house, number)
    seen = await review.submit(house.core, house.author, number)
    house.now += timedelta(hours=9)
    await review.approve(house.core, house.approver, number, seen.submission)
    assert await house.status(number) == S.LATE
    await control.send_now(house.core, house.approver, number)
    assert await house.status(number) == S.HOLDING


async def test_words_changed_and_changed_back_are_asked_about_again(house: House) -> None:
    number = await house.draft("The right words")
    seen = await review.submit(house.core, house.author, number)
    for words in ("Other words", "The right words"):
        message = Message(text=RichText(text=words))
        await compose.set_message(house.core, house.author, number, message)
    again = await review.submit(house.core, house.author, number)
    assert again.digest == seen.digest
    with pytest.raises(TooLate):
        await review.approve(house.core, house.approver, number, seen.submission)


async def test_a_yes_before_a_no_counts_for_no_later_round(house: House) -> None:
    house.core.policy = replace(house.core.policy, approvals_required=2)
    other = await joined(house, "Z", Role.APPROVER)
    number = await house.approved()
    await review.reject(house.core, other, number, "The date is wrong")
    seen = await review.submit(house.core, house.author, number)
    await review.approve(house.core, other, number, seen.submission)
    assert await house.status(number) == S.IN_REVIEW, "the first yes was about another round"
    await review.approve(house.core, house.approver, number, seen.submission)
    assert await house.status(number) == S.HOLDING


async def test_only_the_round_that_was_seen_is_sent_back(house: House) -> None:
    number = await house.draft()
    seen = await review.submit(house.core, house.author, number)
    message = Message(text=RichText(text="The right date"))
    await compose.set_message(house.core, house.author, number, message)
    await review.submit(house.core, house.author, number)
    with pytest.raises(TooLate):
        await review.reject(house.core, house.approver, number, "Wrong", seen.submission)
    assert await house.status(number) == S.IN_REVIEW


# While it runs


async def test_who_resumes_under_stricter_rules_is_shown_it_again(house: House) -> None:
    house.channel.delay = 0.2
    number = await house.approved()
    await launch(house, number)
    await control.pause(house.core, house.approver, number)
    house.core.policy = replace(house.core.policy, approvals_required=2)
    await control.resume(house.core, house.approver, number)
    assert await house.status(number) == S.IN_REVIEW
    other = await joined(house, "Z", Role.APPROVER)
    seen = (await compose.look(house.core, number)).submission
    await review.approve(house.core, house.approver, number, seen)
    assert await house.status(number) == S.IN_REVIEW
    await review.approve(house.core, other, number, seen)
    assert await house.status(number) == S.SENDING


async def test_after_the_first_few_it_goes_on_by_itself_only_while_its_yes_counts(
    house: House,
) -> None:
    house.core.policy = replace(house.core.policy, canary="5", canary_wait_seconds=0.1)
    number = await house.approved()
    await launch(house, number)
    await house.run_until(number, S.WATCHING)
    async with house.store.write() as session:
        now = await session.get(Admin, house.approver.admin_id)
        assert now is not None
        now.active = False

    async def looked() -> bool:
        return (await compose.get(house.core, number)).watch_until is None

    await house.run_while(looked)
    assert await house.status(number) == S.WATCHING, "it waits for somebody's word"
    assert house.channel.received.total() == 5
    owner = await joined(house, "X", Role.OWNER)
    await control.resume(house.core, owner, number)
    seen = (await compose.look(house.core, number)).submission
    await review.approve(house.core, owner, number, seen)
    await house.run_until(number, S.COMPLETED)
    assert house.channel.received.total() == 20


async def test_a_template_changed_during_the_look_sends_nobody_else_its_new_words(
    house: House,
) -> None:
    able = Catalogued()
    world = World(house, able)
    await able.list_templates()
    for n in range(4):
        await world.put(whatsapp=f"4917{n}")
    house.core.policy = replace(
        house.core.policy, canary="5 ask", canary_wait_seconds=0.1, undo_hold_seconds=0.0
    )
    number = await world.approved(USE)
    await world.run_until(number, S.WATCHING)
    first = able.received.total()
    able.body = "Merhaba {{1}}, her şey yarı fiyatına."
    await control.resume(house.core, house.approver, number)
    await world.run_until(number, S.PAUSED)
    assert able.received.total() == first
    assert house.channel.received.total() == 20, "theirs is what was approved"
    with pytest.raises(TooLate):
        await control.resume(house.core, house.approver, number)
    able.body = "Merhaba {{1}}, sergi açıldı."
    await able.list_templates()
    await control.resume(house.core, house.approver, number)
    await world.run_until(number, S.COMPLETED)
    assert able.received.total() == 4


async def test_a_template_nobody_could_read_is_not_submitted(house: House) -> None:
    able = Catalogued()
    house.core.channels["whatsapp", "default"] = able
    number = await house.draft()
    message = Message(text=RichText(text="The exhibition is open"), templates=(USE,))
    await compose.set_message(house.core, house.author, number, message)
    with pytest.raises(CannotDo, match="do not know the text"):
        await review.submit(house.core, house.author, number)
    able.body = "x" * 1020 + "{{1}}"
    await able.list_templates()
    long = USE.model_copy(update={"parameters": (("1", "and at the end what nobody sees"),)})
    hidden = message.model_copy(update={"templates": (long,)})
    await compose.set_message(house.core, house.author, number, hidden)
    with pytest.raises(CannotDo, match="longer than"):
        await review.submit(house.core, house.author, number)


async def test_an_account_opened_after_the_launch_sends_nothing_of_it(house: House) -> None:
    number = await house.approved()
    await launch(house, number)
    house.core.channels["telegram", "second"] = ScriptedChannel()
    row = await compose.get(house.core, number)
    assert await standing.accounts(house.core, row) == [":".join(KEY)]


async def test_what_the_team_has_said_already_is_heard_before_anything_leaves(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0
    look = due.team_waits

    async def counted(store: Store) -> bool:
        nonlocal looks
        looks += 1
        return await look(store)

    monkeypatch.setattr(due, "team_waits", counted)
    monkeypatch.setattr(runner, "_LISTEN_SECONDS", 600.0)
    house.core.policy = replace(house.core.policy, undo_hold_seconds=0.0)
    number = await house.approved()
    async with house.store.write() as session:
        session.add(said := Inbox(source="telegram:default", event_id="1", lane=Lane.TEAM,
                                  received_at=house.now))  # fmt: skip

    async def looked() -> bool:
        return looks > 3

    await house.run_while(looked)
    assert await house.status(number) == S.HOLDING
    async with house.store.write() as session:
        session.add(said)
        said.handled = True
    await house.run_until(number, S.COMPLETED)


async def test_what_nobody_can_handle_holds_nothing_back(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "_LISTEN_SECONDS", 0.2)
    house.core.policy = replace(house.core.policy, undo_hold_seconds=0.0)
    number = await house.approved()
    async with house.store.write() as session:
        session.add(Inbox(source="slack:gone", event_id="1", lane=Lane.TEAM, received_at=house.now))
    await house.run_until(number, S.COMPLETED)
