"""One broadcast at one moment, and what each place shows of it (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.board import Note, Place
from bot.chat import Button, Reply
from bot.handlers import card, corrected
from broadcast.core import Core
from broadcast.language import N_, Speech, speech
from broadcast.machine import BroadcastStatus
from broadcast.message import RichText
from broadcast.services import compose, review
from broadcast.services.report import Sums
from broadcast.services.standing import DECIDERS

_ENDED = frozenset({BroadcastStatus.COMPLETED, BroadcastStatus.CANCELLED, BroadcastStatus.FAILED})
_NOT_YET = frozenset({BroadcastStatus.DRAFT, BroadcastStatus.IN_REVIEW, BroadcastStatus.APPROVED})


@dataclass(frozen=True, slots=True)
class Scene:
    """`sums`, `rate` (per second), `eta` (seconds) and `reasons` tell of the run, once it began."""

    core: Core
    look: compose.Look
    made: list[review.Decision]
    at: datetime
    sums: Sums
    rate: float = 0.0
    eta: float = 0.0
    reasons: Sequence[tuple[str, int]] = ()

    @property
    def number(self) -> int:
        return self.look.broadcast.broadcast_id or 0

    @property
    def status(self) -> BroadcastStatus:
        return BroadcastStatus(self.look.broadcast.status)

    @property
    def round(self) -> str:
        """The submission that is asked about, or was approved: cards of another are closed."""
        return self.look.submission

    @property
    def passing(self) -> bool:
        """Whether what is shown now is mere progress: more follows in a moment."""
        return self.status == BroadcastStatus.SENDING

    @property
    def ended(self) -> bool:
        return self.status in _ENDED

    @property
    def launched(self) -> bool:
        return self.look.broadcast.launched_at is not None

    def notes(self, place: Place, there: set[str]) -> Iterator[Note]:
        """What this place shows; `there`: the kinds of message it has already."""
        words = speech(place.language)
        yield from self._reviews(place, words, there)
        if "card" in there:
            shown = card.card(self.core, words, self.look, timezone=place.timezone)
            yield Note("card", shown, passing=self.passing)
        if (self.launched or self.status not in _NOT_YET) and self._follows(place):
            yield from self._run(place, words, there)

    def returned(self, place: Place) -> Note | None:
        """For its author, when it came back to them, or is asked again by itself: why, once."""
        words = speech(place.language)
        if self.status == BroadcastStatus.IN_REVIEW:
            why = card.again(words, self.look)
            if why is None:
                return None
            text = card.lines(card.title(words, self.look.broadcast), why)
            button = Button(words.plain("Open"), f"open {self.number}")
            return Note(f"again:{self.round}", Reply(text, ((button,),)), once=True)
        refused = [one for one in self.made if not one[0].approved]
        back = self.status == BroadcastStatus.DRAFT or self.look.broadcast.correcting
        if not back or not self.made or self.made[-1][0].approved:
            return None
        text = card.lines(
            card.title(words, self.look.broadcast),
            card.decision(words, *refused[-1], place.timezone),
        )
        button = Button(words.plain("Go on writing"), f"open {self.number}")
        return Note(f"returned:{len(refused)}", Reply(text, ((button,),)), once=True)

    def taken_back(self, place: Place) -> Reply:
        """For somebody who left the team: neither what it says nor what could be done about it."""
        words = speech(place.language)
        head = words.say("*#{id}*", id=self.number)
        return Reply(card.lines(head, words.say("You are no longer in this team.")))

    def is_an_authors(self, place: Place) -> bool:
        """Whether this is where somebody is told who began or shaped it."""
        began = place.admin is not None and place.admin.admin_id == self.look.broadcast.author_id
        return began or self.look.shaped_by(place.admin)

    def _follows(self, place: Place) -> bool:
        admin = place.admin
        if admin is None or admin.role in DECIDERS:
            return True
        return admin.admin_id == self.look.broadcast.author_id

    def _decides(self, place: Place) -> bool:
        admin = place.admin
        if admin is None:
            return True
        own = self.look.shaped_by(admin)
        return admin.role in DECIDERS and (not own or self.core.policy.allow_self_approval)

    def _reviews(self, place: Place, words: Speech, there: set[str]) -> Iterator[Note]:
        current = f"review:{self.round}"
        waiting = self.status == BroadcastStatus.IN_REVIEW
        for kind in sorted(k for k in there if k.startswith("review:")):
            if not (waiting and kind == current and self._decides(place)):
                yield Note(kind, self._closed(place, words, kind))
        if waiting and self._decides(place):
            yield Note(current, self._open(place, words))

    def _open(self, place: Place, words: Speech) -> Reply:
        made = review.of_round(self.made, self.round)
        admin = place.admin
        return card.review(
            self.core, words, self.look, timezone=place.timezone,
            own=self.look.shaped_by(admin), made=made,
            waits=admin is None or all(who.admin_id != admin.admin_id for _, who in made),
        )  # fmt: skip

    def _closed(self, place: Place, words: Speech, kind: str) -> Reply:
        """Who decided, or why it no longer waits; with the content while it is still the same."""
        asked = kind.removeprefix("review:")
        made = review.of_round(self.made, asked, void=True)
        verdict = [card.decision(words, *one, place.timezone) for one in made]
        if asked != self.round and made and made[-1][0].approved:
            verdict.append(words.say("That does not count any more."))
        if not made and self.status == BroadcastStatus.CANCELLED:
            verdict = [words.say("It was cancelled.")]
        if not made and self.status == BroadcastStatus.IN_REVIEW and asked == self.round:
            verdict = [words.say("It waits for somebody else to decide.")]
        verdict = verdict or [words.say("It was changed and is no longer waiting.")]
        if place.admin is None and asked == self.round:
            verdict.append(self._state(words))
        if not self._is_same(asked, made):
            # what was decided on is not kept, and the new words were not decided on
            return Reply(
                card.lines(words.say("*#{id}*, an earlier version", id=self.number), *verdict)
            )
        return replace(card.decided(words, self.look, *verdict), content=self.look.message)

    def _is_same(self, asked: str, made: list[review.Decision]) -> bool:
        return asked == self.round or any(one.digest == self.look.digest for one, _ in made)

    def _state(self, words: Speech) -> RichText:
        state = card.status_words(words, self.look.broadcast)
        return words.say("Status: {status}", status=state)

    def _run(self, place: Place, words: Speech, there: set[str]) -> Iterator[Note]:
        """From the decision to the end: one message edited in place, then the report."""
        row = self.look.broadcast
        first = row.launched_as or self.round  # corrected or not, it is one run
        kind, thread = f"run:{first}", f"review:{first}"
        if not self.launched:
            if self.status == BroadcastStatus.CANCELLED and kind not in there:
                return
            yield Note(kind, self._before_launch(place, words), under=thread)
            return
        shown = card.progress(words, row, self.sums, self.rate, self.eta)
        yield Note(kind, shown, under=thread, passing=self.passing)
        if self.ended:
            final = card.final(words, row, self.sums, list(self.reasons))
            yield Note(f"final:{first}", final, under=thread)
        if self.status == BroadcastStatus.PAUSED and row.pause_reason and not row.correcting:
            on = N_("Nothing is lost. When it is mended, press Resume.")
            if corrected.is_of_content(row):
                on = N_("Nobody else is sent to. Correct it, or press Resume to try it as it is.")
            text = card.lines(
                card.title(words, row),
                words.say(
                    "⚠️ Sending paused itself: {reason}",
                    reason=card.pause_words(words, row.pause_reason),
                ),
                words.say(on),
            )
            trouble = Reply(text, shown.buttons)
            yield Note(f"trouble:{row.version}", trouble, once=True, under=thread)

    def _before_launch(self, place: Place, words: Speech) -> Reply:
        row = self.look.broadcast
        if self.status == BroadcastStatus.HOLDING:
            left = (row.hold_until - self.at).total_seconds() if row.hold_until else 0.0
            return card.hold(words, row, left)
        if self.status == BroadcastStatus.SCHEDULED:
            return card.scheduled(words, row, place.timezone)
        if self.status == BroadcastStatus.LATE:
            return card.late(words, row, place.timezone)
        text = words.say("It was cancelled before it started. Nobody received it.")
        return Reply(card.lines(card.title(words, row), text))
