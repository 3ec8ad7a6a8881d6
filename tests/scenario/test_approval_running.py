"""A yes while it runs: who resumes it, what the look, a template or an account changes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from broadcast.account_key import AccountKey
from broadcast.channel import Lane
from broadcast.engine import runner, waits
from broadcast.errors import CannotDo, TooLate
from broadcast.message import Message, RichText
from broadcast.models import Admin, Inbox, Role
from broadcast.services import approval_standing, compose, control, review
from broadcast.states import BroadcastStatus as S
from broadcast.store.session import Store
from tests.scenario.approving import USE, Catalogued, joined, launch
from tests.scenario.house import KEY, House, ScriptedChannel
from tests.scenario.world import World


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    made = await House(tmp_path, undo_hold_seconds=60).open(subscribers=20)
    yield made
    await made.store.close()


async def test_who_resumes_under_stricter_rules_is_shown_it_again(house: House) -> None:
    house.channel.delay = 0.2
    number = await house.approved()
    await launch(house, number)
    await control.pause(house.core, house.approver, number)
    house.core.policy = replace(house.core.policy, approvals_required=2)
    await control.resume(house.core, house.approver, number)
    assert await house.status(number) == S.IN_REVIEW
    other = await joined(house, "Z", Role.APPROVER)
    seen = (await compose.look_at(house.core, number)).submission
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
    seen = (await compose.look_at(house.core, number)).submission
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
    house.core.channels[AccountKey("whatsapp", "default")] = able
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
    house.core.channels[AccountKey("telegram", "second")] = ScriptedChannel()
    row = await compose.get(house.core, number)
    assert await approval_standing.approved_accounts(house.core, row) == [":".join(KEY)]


async def test_what_the_team_has_said_already_is_heard_before_anything_leaves(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = 0
    look = waits.team_waits

    async def counted(store: Store) -> bool:
        nonlocal looks
        looks += 1
        return await look(store)

    monkeypatch.setattr(waits, "team_waits", counted)
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
