"""One broadcast at one moment, and what each place shows of it (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.announce.live_messages import Note, Place
from bot.chat import Button, Reply
from bot.handlers import halt
from bot.views import changes, correction, next_steps, review_card, run_card
from broadcast.context import Core
from broadcast.language import N_, Speech, speech
from broadcast.message import RichText
from broadcast.models import Submission
from broadcast.services import compose, review
from broadcast.services.approval_standing import DECIDERS
from broadcast.services.console_messages import CARD, COPY
from broadcast.services.report import Sums
from broadcast.states import BroadcastStatus

_BELLS = ("trouble:", "wants:", "void:")  # what rings because somebody is wanted, or should know
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
        return self.status in run_card.ENDED

    @property
    def launched(self) -> bool:
        return self.look.broadcast.launched_at is not None

    def notes(self, place: Place, there: Sequence[str], told_there: bool = True) -> Iterator[Note]:
        """What this place shows. `there`: the kinds of message it has already, in order; `told_there`:
        whether its cards are posted there, not only kept true."""
        words = speech(place.language)
        cards = [kind for kind in there if kind.startswith(CARD)]
        living = self._living(place, cards, told_there)
        for kind in cards:
            if kind != living:
                yield Note(kind, self._closed(place, words, kind))
        for kind in there:
            if kind.startswith(COPY):
                text = words.say("*#{id}*: its card is further down.", id=self.number)
                yield Note(kind, Reply(text), last=True)
        if living:
            yield Note(living, self._card(place, words, living), passing=self.passing)
        rung = list(self._bells(place, words, told_there, living))
        yield from rung
        for kind in there:
            if kind.startswith(_BELLS) and all(kind != note.kind for note in rung):
                text = words.say("*#{id}*: this is settled.", id=self.number)
                yield Note(kind, Reply(text), last=True)
        if place.admin is not None and self.is_an_authors(place):
            note = self._returned(words, place)
            if note is not None:
                yield note

    @property
    def _current(self) -> str:
        return f"{CARD}{self.round}" if self.round else ""

    def _living(self, place: Place, cards: Sequence[str], told_there: bool) -> str:
        """The card of this round, where there is one or should be. Who is not asked needs no other
        in a new round: theirs lives on."""
        if self._current in cards:
            return self._current
        decides = self._decides(place)
        opened = not told_there and CARD in cards  # by themselves: nothing else comes there
        if cards and (not self.round or not decides or opened):
            return self._latest(cards)
        if not self.round or not told_there:
            return ""
        if self.status == BroadcastStatus.IN_REVIEW:
            return self._current if decides else ""
        stillborn = self.status == BroadcastStatus.CANCELLED and not self.launched
        told = (self.launched or self.status not in _NOT_YET) and self._follows(place)
        return self._current if told and not stillborn else ""

    def _latest(self, cards: Sequence[str]) -> str:
        """The card of the last round there was; that of the draft was shown after it."""
        if CARD in cards:
            return CARD
        before = self.look.before
        last = f"{CARD}{before.submission_id}" if before else ""
        return last if last in cards else cards[-1]

    def _card(self, place: Place, words: Speech, kind: str) -> Reply:
        """The one card, at this point of its life."""
        # who opened a draft is shown what its author is
        authors = kind == CARD or (place.admin is not None and self.is_an_authors(place))
        if not self.round or self.status == BroadcastStatus.DRAFT:
            if authors and self.status == BroadcastStatus.DRAFT:
                return review_card.card(
                    self.core, words, self.look, timezone=place.timezone, reader=place.admin
                )
            if kind == CARD:
                return self._thrown_away(words)
            return self._closed(place, words, kind)
        if self.status == BroadcastStatus.IN_REVIEW:
            if self._decides(place):
                return self._open(place, words)
            if authors:
                return review_card.card(self.core, words, self.look, timezone=place.timezone)
            if not self.launched:
                return self._closed(place, words, kind)
        made = review.of_round(self.made, self.round)
        shown = run_card.card_of(
            words, replace(self.look, sums=self.sums if self.launched else None), made,
            timezone=place.timezone, at=self.at, reasons=self.reasons,
            pace=run_card.Pace(self.rate, self.eta), halted=self.core.brake.halted is not None,
        )  # fmt: skip
        shown = halt.on_card(self.core, words, self.look.broadcast, shown, place.admin)
        return replace(shown, content=self.look.message) if place.admin is None else shown

    def _thrown_away(self, words: Speech) -> Reply:
        text = words.say("*#{id}* is deleted.", id=self.number)
        return Reply(text, next_steps.rows(words, self.look.broadcast))

    # What rings: it is posted once, under the card, and closed when it is over

    def _bells(self, place: Place, words: Speech, told_there: bool, living: str) -> Iterator[Note]:
        if self._voided_here(place):
            yield self._void(place, words)
        if not told_there or not self._follows(place) or self.look.broadcast.correcting:
            return
        row = self.look.broadcast
        if self.status == BroadcastStatus.PAUSED and row.pause_reason:
            yield self._trouble(words, living)
        decides = place.admin is None or place.admin.role in DECIDERS
        if decides and self.status == BroadcastStatus.LATE:
            text = words.say(
                "⏰ *#{id}* did not go out on time. It waits for your decision.", id=self.number
            )
            rows = review_card.open_buttons(words, row)
            kind = f"wants:{self.status}:{row.version}"
            yield Note(kind, Reply(text, rows), once=True, under=living)
        if decides and run_card.is_doubtful(row, self.sums):
            count = self.sums.uncertain
            text = words.say_n(
                "❓ {n} person may or may not have received *#{id}*. Send again, or leave it?",
                "❓ {n} people may or may not have received *#{id}*. Send again, or leave it?",
                count, id=self.number,
            )  # fmt: skip
            rows = (run_card.doubt_buttons(words, row),)
            kind = f"wants:{self.status}:{row.version}"
            yield Note(kind, Reply(text, rows), once=True, under=living)

    def _trouble(self, words: Speech, living: str) -> Note:
        row = self.look.broadcast
        on = N_("Nothing is lost. When it is fixed, press Resume.")
        if correction.is_of_content(row):
            on = N_(
                "It goes to nobody else for now. Correct it, or press Resume to try it as it is."
            )
        why = review_card.pause_words(words, row.pause_reason)
        text = review_card.lines(
            review_card.title(words, row),
            words.say("⚠️ Sending paused itself: {reason}", reason=why),
            words.say(on),
        )
        reply = Reply(text, review_card.open_buttons(words, row))
        return Note(f"trouble:{row.version}", reply, once=True, under=living)

    def _void_round(self) -> Submission | None:
        """The last round, if a change made it void and nobody was asked since."""
        before, asked = self.look.before, self.look.asked
        if before is None or (asked is not None and asked.number > before.number):
            return None
        rests = self.status == BroadcastStatus.DRAFT or (
            self.launched and self.status == BroadcastStatus.PAUSED
        )
        return before if rests and before.voided else None

    def _said_yes(self, place: Place, asked: str) -> bool:
        admin = place.admin
        return admin is not None and any(
            one.approved and who.admin_id == admin.admin_id
            for one, who in review.of_round(self.made, asked, void=True)
        )

    def _voided_here(self, place: Place) -> bool:
        """Whether this person said yes to it or shaped it, and somebody else made that void."""
        round_ = self._void_round()
        if round_ is None or round_.voided is None or place.admin is None:
            return False
        if round_.voided["by"] == place.admin.admin_id:
            return False
        if self._said_yes(place, round_.submission_id):
            return True
        return changes.was_approved(round_) and place.admin.admin_id in round_.voided["to"]

    def _void(self, place: Place, words: Speech) -> Note:
        round_ = self._void_round()
        assert round_ is not None
        said_yes = self._said_yes(place, round_.submission_id)
        text = review_card.lines(
            review_card.title(words, self.look.broadcast),
            changes.void_notice(
                words, round_, self.look.document, place.timezone, said_yes=said_yes
            ),
        )  # fmt: skip
        button = Button(words.plain("Open"), f"open {self.number}")
        under = f"{CARD}{round_.submission_id}"
        return Note(
            f"void:{round_.submission_id}", Reply(text, ((button,),)), once=True, under=under
        )

    def _returned(self, words: Speech, place: Place) -> Note | None:
        """For its author, when it came back to them, or is asked again by itself: why, once."""
        if self.status == BroadcastStatus.IN_REVIEW:
            why = review_card.asked_again_line(words, self.look)
            if why is None:
                return None
            text = review_card.lines(review_card.title(words, self.look.broadcast), why)
            button = Button(words.plain("Open"), f"open {self.number}")
            return Note(f"again:{self.round}", Reply(text, ((button,),)), once=True)
        refused = [one for one in self.made if not one[0].approved]
        back = self.status == BroadcastStatus.DRAFT or self.look.broadcast.correcting
        if not back or not self.made or self.made[-1][0].approved:
            return None
        text = review_card.lines(
            review_card.title(words, self.look.broadcast),
            review_card.decision(words, *refused[-1], place.timezone),
        )
        button = Button(words.plain("Go on writing"), f"open {self.number}")
        return Note(f"returned:{len(refused)}", Reply(text, ((button,),)), once=True)

    def taken_back(self, place: Place) -> Reply:
        """For somebody who left the team: neither what it says nor what could be done about it."""
        words = speech(place.language)
        head = words.say("*#{id}*", id=self.number)
        return Reply(review_card.lines(head, words.say("You are no longer in this team.")))

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

    def _open(self, place: Place, words: Speech) -> Reply:
        made = review.of_round(self.made, self.round)
        admin = place.admin
        return review_card.review(
            self.core, words, self.look, timezone=place.timezone,
            own=self.look.shaped_by(admin), made=made,
            waits=admin is None or all(who.admin_id != admin.admin_id for _, who in made),
        )  # fmt: skip

    def _closed(self, place: Place, words: Speech, kind: str) -> Reply:
        """A round that is over: who decided, or why nobody is asked any more; with the content while
        it is still the same."""
        asked = kind.removeprefix(CARD)
        made = review.of_round(self.made, asked, void=True)
        ran = self.launched and bool(made) and made[-1][0].approved
        if not asked or (ran and asked != self.round):
            return Reply(words.say("*#{id}*: its card is further down.", id=self.number))
        verdict = [review_card.decision(words, *one, place.timezone) for one in made]
        verdict += self._why_over(place, words, asked, made)
        if not self._is_same(asked, made):
            # what was decided on is not kept, and the new words were not decided on
            return Reply(
                review_card.lines(
                    words.say("*#{id}*, an earlier version", id=self.number), *verdict
                )
            )
        shown = review_card.decided(words, self.look, *verdict)
        return replace(shown, content=self.look.message) if place.admin is None else shown

    def _why_over(
        self, place: Place, words: Speech, asked: str, made: list[review.Decision]
    ) -> list[RichText]:
        before = self.look.before
        if self.status == BroadcastStatus.CANCELLED and not self.launched:
            return [words.say("It was cancelled.")]
        if before is not None and before.submission_id == asked and before.voided:
            name = before.voided["name"]
            if self._void_round() is None:
                said = words.say("{name} changed it, and it was submitted again.", name=name)
                return [said] if self.round else []
            if self._voided_here(place):  # they are told what, in a message of its own
                return [words.say("{name} changed it, so it is a draft again.", name=name)]
            return [changes.change_line(words, before, self.look.document, place.timezone)]
        if asked != self.round and made and made[-1][0].approved:
            return [words.say("That does not count any more.")]
        if made:
            return []
        if self.status == BroadcastStatus.IN_REVIEW and asked == self.round:
            return [words.say("It waits for somebody else to decide.")]
        return [words.say("It was changed and is no longer waiting.")]

    def _is_same(self, asked: str, made: list[review.Decision]) -> bool:
        return asked == self.round or any(one.digest == self.look.digest for one, _ in made)
