"""`/share`: links with a name each, what came of them, and posters to hang up."""

from __future__ import annotations

import asyncio

from bot.chat import Button, Field, FieldKind, Form, Reply, Rows
from bot.handlers.turn import Turn
from bot.views import moves, review_card
from broadcast.errors import CannotDo, Invalid
from broadcast.language import N_, Speech, languages, speech
from broadcast.message import MediaKind, Message, RichText
from broadcast.services import media, posters
from broadcast.services.posters import Way
from broadcast.services.subscribe import LANGUAGE_NAMES
from broadcast.store.subscribers import Came

ASKING = "poster"
LISTED = 12  # links that have a button
NEW, ALL = "new", "all"
_LINE = N_("Scan this with your phone's camera to get our announcements.")


async def share(turn: Turn) -> list[Reply]:
    """Without words: the plain links, and those with a name. `/share door`: the links of that name."""
    said = turn.request.arguments.strip()
    if "name" in turn.values:
        return [await _one(turn, str(turn.values.get("name") or ""))]
    if said.lower() == NEW:
        return [await _ask(turn)]
    return [await (_one(turn, said) if said else _all(turn))]


async def take(turn: Turn, _: str, text: str) -> list[Reply]:
    """The name that was asked for."""
    made = await _one(turn, text)
    await turn.focus(turn.identity.draft_id)
    return [made]


async def check(turn: Turn) -> dict[str, str]:
    """What keeps its window from being accepted, by field. Changes nothing."""
    try:
        if "name" in turn.values:
            posters.code_of(str(turn.values.get("name") or ""))
    except CannotDo as no:
        return {"name": turn.speech.plain(no.template, **no.values)}
    return {}


async def _ask(turn: Turn) -> Reply:
    await turn.ask(turn.identity.draft_id, ASKING)
    plain = turn.speech.plain
    hint = plain("Where it hangs, such as `door` or `market`")
    field = Field(
        "name", FieldKind.LINES, plain("Name"), hint, required=True, limit=posters.NAME_LONGEST
    )
    form = Form(plain("New link"), (field,), "share", plain("Keep"))
    text = turn.speech.say("Where will people find it? Write me a short name, such as `door`.")
    return Reply(text, form=form)


async def _all(turn: Turn) -> Reply:
    say, plain = turn.speech.say, turn.speech.plain
    ways = posters.ways_in(turn.core)
    if not ways:
        raise Invalid(_NO_WAY)
    came = await posters.count_joined(turn.core)
    head = say("*Your links.* Whoever opens one is asked whether they want your announcements.")
    named = [_came(turn.speech, row.name, counts) for row, counts in came[:LISTED]]
    more = say("… and {n} more", n=len(came) - LISTED) if len(came) > LISTED else None
    hint = say("A link with a name shows how many came by it: `/share door`.")
    buttons = [Button(row.name[:30], f"share {row.code}") for row, _ in came[:LISTED]]
    rows: Rows = tuple(tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2))
    first = (Button(plain("New link"), f"share {NEW}"), Button(plain("Subscribers"), "subscribers"))
    return Reply(
        review_card.lines(head, *_links(turn.speech, ways), *named, more, hint), (first, *rows)
    )


async def _one(turn: Turn, name: str) -> Reply:
    say, plain = turn.speech.say, turn.speech.plain
    row = await posters.make(turn.core, turn.admin, name)
    ways = posters.ways_in(turn.core, row.code)
    if not ways:
        raise Invalid(_NO_WAY)
    counts = next(
        counts for one, counts in await posters.count_joined(turn.core) if one.code == row.code
    )
    rows: Rows = tuple(
        (Button(plain("Poster for {channel}", channel=way.label), f"poster {row.code} {way.key}"),)
        for way in ways
    )
    text = review_card.lines(
        say("*{name}*", name=review_card.quoted(row.name)), *_links(turn.speech, ways),
        _came(turn.speech, "", counts),
    )  # fmt: skip
    return Reply(text, (*rows, (Button(plain("All links"), "share"),)))


def _links(words: Speech, ways: list[Way]) -> list[RichText]:
    return [words.say("{channel}: {link}", channel=way.label, link=way.url) for way in ways]


def _came(words: Speech, name: str, came: Came) -> RichText:
    """Of one name, or (without it) under its heading."""
    said = moves.by_link(words, came)
    if name:
        return words.say("*{name}*: {moves}", name=review_card.quoted(name), moves=said)
    return RichText(text=words.capital(said) + ".")


async def poster(turn: Turn) -> list[Reply]:
    """`poster CODE CHANNEL [en+tr]`: a picture and a page of A4, in these languages."""
    given = [*turn.words, "", "", ""]
    row = await posters.get(turn.core, given[0].lower())
    ways = posters.ways_in(turn.core, row.code)
    way = next((one for one in ways if one.key == given[1]), ways[0] if ways else None)
    if way is None:
        raise Invalid(_NO_WAY)
    chosen = _languages(turn, given[2])
    return await _drawn(turn, row.code, way, chosen)


def _languages(turn: Turn, said: str) -> list[str]:
    """Those named, else the house's own."""
    if said == ALL:
        return list(dict.fromkeys([turn.core.policy.language, *languages()]))
    named = [code for code in said.split("+") if code in languages()]
    return named or [turn.core.policy.language]


async def _drawn(turn: Turn, code: str, way: Way, chosen: list[str]) -> list[Reply]:
    from bot.drawing import fonts
    from bot.drawing.poster import Poster, pdf, png

    sender = turn.core.policy.sender_name
    one = Poster(sender, tuple(speech(language).plain(_LINE) for language in chosen), way.url)
    picture, page = await asyncio.gather(asyncio.to_thread(png, one), asyncio.to_thread(pdf, one))
    name = f"poster-{code}-{'-'.join(chosen)}"
    photo = await media.keep(turn.core, MediaKind.PHOTO, picture, filename=f"{name}.png")
    paper = await media.keep(
        turn.core, MediaKind.DOCUMENT, page, filename=f"{name}.pdf", mime="application/pdf"
    )
    say, plain = turn.speech.say, turn.speech.plain
    whole = fonts.drawable(sender) == " ".join(sender.split())
    text = review_card.lines(
        say("A picture to send, and a page of A4 to print. The code leads to {link}", link=way.url),
        None if whole else say("⚠️ Some signs of your name cannot be drawn and are left out."),
    )
    again = [
        Button(LANGUAGE_NAMES.get(other, other), f"poster {code} {way.key} {other}")
        for other in languages()
        if chosen != [other]
    ]
    if len(chosen) < len(languages()):
        again.append(Button(plain("All languages"), f"poster {code} {way.key} {ALL}"))
    return [
        Reply(content=Message(media=(photo,))),
        Reply(text, (tuple(again),), content=Message(media=(paper,))),
    ]


_NO_WAY = N_(
    "There is no link yet: no channel is connected, or its platform has not told its name so far."
)
