"""Used again: taken back before it goes out, copied once it is over, found on the shelf."""

from __future__ import annotations

from bot.chat import Button, Reply, Rows
from bot.handlers import preview
from bot.handlers.turn import Turn
from bot.views import next_steps, review_card
from broadcast.errors import CannotDo
from broadcast.models import Broadcast
from broadcast.services import compose, reuse
from broadcast.services.console_messages import retire_sources
from broadcast.services.unasked_content import forget_additions

PAGE = 8
_PAGE_MARK = "page"
_BUTTON_BYTES = 40  # of the words that are looked for: the whole line fits a button


async def offer_instead(turn: Turn, refusal: CannotDo) -> Rows:
    """Where a refusal names a broadcast, what can be done instead of what was asked for."""
    number = refusal.values.get("id")
    if not turn.writes or not isinstance(number, int) or "status" not in refusal.values:
        return ()
    row = await compose.get(turn.core, number)
    begin = Button(turn.speech.plain("New broadcast"), "new")
    return (*next_steps.rows(turn.speech, row), (begin,))


async def takeback(turn: Turn) -> list[Reply]:
    """`/takeback 3`: a draft again; who said yes is told."""
    number = turn.broadcast_id()
    _, done = await reuse.take_back(turn.core, turn.admin, number)
    await turn.focus(number)
    say = turn.speech.say
    text = say("*#{id}* is a draft already.", id=number)
    if done:
        text = say("*#{id}* is a draft again. It goes out only after a new approval.", id=number)
    return [Reply(text, notice=text.text[:190]), *await preview.show(turn, number, replaces=True)]


async def use_again(turn: Turn) -> list[Reply]:
    """`/reuse 3`: a new draft that says what #3 said."""
    number = turn.broadcast_id()
    row = await reuse.use_again(turn.core, turn.admin, number)
    made = row.broadcast_id or 0
    await turn.focus(made)
    await retire_sources(turn.core, made)
    await forget_additions(turn.core, made)
    text = turn.speech.say("*#{id}* is a copy of #{earlier}, as a draft.", id=made, earlier=number)
    return [Reply(text), *await preview.show(turn, made)]


async def shelf(turn: Turn) -> list[Reply]:
    """`/shelf`, `/shelf water`: earlier posts, the latest first; `/shelf page 2 water`."""
    page, wanted = _asked(turn)
    rows = await reuse.shelf(turn.core, wanted, (page - 1) * PAGE, PAGE + 1)
    say, plain = turn.speech.say, turn.speech.plain
    if not rows:
        if not wanted:
            begin = Button(plain("New broadcast"), "new")
            return [Reply(say("Nothing has been sent yet."), ((begin,),))]
        every = Button(plain("All earlier posts"), "shelf")
        text = say("No earlier post says “{words}”.", words=review_card.quoted(wanted[:60]))
        return [Reply(text, ((every,),))]
    head = say("Earlier posts, the latest first. Tap one to see it and use it again.")
    if wanted:
        head = say("Earlier posts that say “{words}”:", words=review_card.quoted(wanted[:60]))
    hint = say("To look for words: `/shelf water`") if not wanted and page == 1 else None
    buttons = [_entry(turn, row) for row in rows[:PAGE]]
    turning = _turning(turn, page, wanted, more=len(rows) > PAGE)
    rows_ = (*((one,) for one in buttons), *((turning,) if turning else ()))
    return [Reply(review_card.lines(head, hint), rows_, replaces=turn.request.pressed)]


def _asked(turn: Turn) -> tuple[int, str]:
    words = turn.words
    if len(words) > 1 and words[0] == _PAGE_MARK and words[1].isdecimal():
        return min(max(int(words[1]), 1), 10_000), " ".join(words[2:])
    return 1, " ".join(words)


def _entry(turn: Turn, row: Broadcast) -> Button:
    at = row.completed_at or row.launched_at or row.created_at
    label = turn.speech.plain(
        "#{id} {title} · {day}", id=row.broadcast_id,
        title=compose.message_of(row).title(30), day=turn.speech.date(at, turn.admin.timezone),
    )  # fmt: skip
    return Button(label, f"open {row.broadcast_id}")


def _turning(turn: Turn, page: int, wanted: str, *, more: bool) -> tuple[Button, ...]:
    kept = wanted.encode()[:_BUTTON_BYTES].decode("utf-8", "ignore")
    plain = turn.speech.plain
    back = Button(plain("Back"), f"shelf {_PAGE_MARK} {page - 1} {kept}".rstrip())
    on = Button(plain("More"), f"shelf {_PAGE_MARK} {page + 1} {kept}".rstrip())
    return ((back,) if page > 1 else ()) + ((on,) if more else ())
