"""Whatever happened is told in words: each reason, each step of a history, each status, each log line."""

from __future__ import annotations

import re

import pytest

from bot import dispatch, log_words
from bot.frontends.telegram.content import Uncarried
from bot.frontends.telegram.uncarried import UNCARRIED
from bot.handlers.report import ACTION_WORDS
from bot.views import extras
from bot.views.review_card import REASON_WORDS, sentence
from broadcast.language import languages, speech
from broadcast.message import LinkPreview, Media, MediaKind, Message, RichText
from broadcast.models import Audit, Role
from broadcast.outcome import Reason
from broadcast.services import approval_standing, audit, edition, team_history
from broadcast.states import BroadcastStatus, DeliveryStatus
from tests.unit.desk import Desk

S = BroadcastStatus
LANGUAGES = pytest.mark.parametrize("language", languages())


async def _change(desk: Desk, sql: str, **values: object) -> None:
    from sqlalchemy import text

    async with desk.house.store.write() as session:
        await session.execute(text(sql), values)


async def _speaks(desk: Desk, language: str) -> None:
    await desk.says("owner", f"/language {language}")


@LANGUAGES
async def test_every_command_explains_itself(desk: Desk, language: str) -> None:
    await _speaks(desk, language)
    words = speech(language)
    for row in dispatch.COMMANDS:
        if Role.OWNER in row.roles:
            said = await desk.says("owner", f"/help {row.name}")
            label = words.capital(words.plain(row.description))
            assert label in {b.label for r in desk.last for line in r.buttons for b in line}, said


@LANGUAGES
async def test_every_reason_is_told_in_words(desk: Desk, language: str) -> None:
    await _speaks(desk, language)
    number, seen = await desk.submitted()
    await desk.taps("approver", f"approve {number} {seen}")
    await desk.house.run_until(number, S.COMPLETED)
    for place, reason in enumerate(REASON_WORDS):
        status = (DeliveryStatus.FAILED, DeliveryStatus.SKIPPED)[place % 2]
        await _change(
            desk,
            "UPDATE delivery SET status = :status, reason = :reason WHERE delivery_id = "
            "(SELECT min(delivery_id) FROM delivery WHERE status = :sent)",
            status=status.value, reason=reason.value, sent=DeliveryStatus.SENT.value,
        )  # fmt: skip
    said = "".join([await desk.says("owner", f"/missed {number} {page}") for page in range(1, 9)])
    for reason, words in REASON_WORDS.items():
        got_it = reason == Reason.REACHED_ELSEWHERE  # on another channel, so nothing was missed
        assert (speech(language).plain(words) in said) is not got_it


@LANGUAGES
async def test_every_step_of_a_history_is_told_in_words(desk: Desk, language: str) -> None:
    await _speaks(desk, language)
    number = await desk.written()
    async with desk.house.store.write() as session:
        for action in ACTION_WORDS:
            session.add(Audit(at=desk.house.now, action=action, broadcast_id=number, admin_id=1))
    said = await desk.says("owner", f"/history {number}")
    for words in ACTION_WORDS.values():
        assert f"· {speech(language).plain(words)}" in said


@LANGUAGES
async def test_every_step_of_the_team_is_told_in_words(desk: Desk, language: str) -> None:
    await _speaks(desk, language)
    async with desk.house.store.write() as session:
        for action in team_history.ACTIONS:
            detail = "author approver" if action in {"role", "invitation_revoked"} else "telegram"
            session.add(
                Audit(at=desk.house.now, action=action, admin_id=1, about_id=2, detail=detail)
            )
    pages = [await desk.says("owner", f"/team history {page}") for page in range(1, 6)]
    lines = {re.sub(r"^.*?\): ", "", line) for page in pages for line in page.splitlines()}
    assert len(lines) > len(team_history.ACTIONS)
    for action in team_history.ACTIONS:
        assert f": {action}" not in "".join(pages)


@LANGUAGES
async def test_every_status_is_told_in_words(desk: Desk, language: str) -> None:
    await _speaks(desk, language)
    number = await desk.written()
    open_still = {S.DRAFT, S.IN_REVIEW, S.APPROVED, S.SCHEDULED, S.HOLDING, S.LATE}
    for status in [one for one in S if one not in open_still]:
        await _change(desk, "UPDATE broadcast SET status = :status", status=status.value)
        said = await desk.says("owner", f"/audience {number} tr")
        words = speech(language).plain(audit.STATUS_WORDS[status])
        assert words in said, status


@LANGUAGES
@pytest.mark.parametrize("part", [*edition.PART_WORDS, "another"])
def test_what_has_changed_since_it_was_shown_is_named(language: str, part: str) -> None:
    why = approval_standing.changed({part: 1}, {part: 2})
    said = sentence(speech(language), why.sentence, why.values).text
    word = edition.PART_WORDS.get(part, edition.OTHER_PART)
    assert speech(language).plain(word) in said


@LANGUAGES
@pytest.mark.parametrize("what", sorted(set(UNCARRIED.values())))
def test_what_cannot_be_broadcast_is_called_by_its_name(language: str, what: str) -> None:
    no, words = Uncarried(what), speech(language)
    said = words.plain(no.template, what=words.plain(no.what))
    assert words.plain(what) in said


@LANGUAGES
@pytest.mark.parametrize("event", log_words._SAID)
def test_every_event_at_a_terminal_is_a_sentence(event: str, language: str) -> None:
    from broadcast.language import speak_at_terminal

    fields = {
        "timestamp": "2026-03-02T09:00:00", "description": "Conflict", "uncertain": 3, "why": "404",
        "channel": "whatsapp", "error": "ValueError", "broadcast_id": 1, "action": "approved",
        "danger": "failed", "count": 5, "of": 10, "reason": "blocked", "level": "info",
    }  # fmt: skip
    speak_at_terminal(language)
    try:
        said = log_words.Spoken(colours=False)(None, "info", {"event": event, **fields})
    finally:
        speak_at_terminal("en")
    assert re.match(r"\d\d:\d\d:\d\d  \w+ +\S", said)
    assert "{" not in said and "=" not in said


@LANGUAGES
def test_how_a_message_is_shown_is_told_in_words(language: str) -> None:
    words = speech(language)
    hidden = Media(
        kind=MediaKind.PHOTO, media_id=1, spoiler=True, caption=RichText(text="The pool")
    )
    above = Message(text=RichText(text="Hi"), media=(hidden,), text_above=True)
    said = [line.text for line in extras.lines_of(words, above)]
    for preview in (
        LinkPreview(off=True),
        LinkPreview(above=True, size="small", url="https://example.org"),
        LinkPreview(size="large"),
    ):
        message = Message(text=RichText(text="https://example.org"), preview=preview)
        said += [line.text for line in extras.lines_of(words, message)]
    assert len(said) == len(set(said)) == 8
    assert said[0].endswith("The pool")
