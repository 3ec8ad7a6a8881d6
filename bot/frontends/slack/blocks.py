"""One neutral reply as one Slack message within Block Kit's limits (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.chat import Reply
from bot.frontends.slack.buttons import command_rows, link_rows, number, packed, words
from bot.frontends.slack.mrkdwn_out import to_mrkdwn
from bot.frontends.slack.rich_text import (
    Block,
    characters_to_take,
    count_characters,
    shown_differently,
    to_rich_text,
)
from bot.views.extras import MOST
from broadcast.channel import Problem
from broadcast.language import N_, Speech
from broadcast.message import EntityKind, Media, MediaKind, Message, RichText

# Facts 4.3. The total is not documented: about 13,200 characters are refused in a message. A view
# may hold 250 kB.
MESSAGE_BLOCKS, MESSAGE_CHARACTERS, VIEW_CHARACTERS = 50, 12_000, 30_000
FILES, LINK_BLOCKS = 10, 6
ALT = CONTEXT = 2000
FALLBACK = 700  # five times that, after escaping, is still under chat.update's 4000
PICTURES = frozenset({MediaKind.PHOTO, MediaKind.ANIMATION})  # what an image block shows
OWN_WORDS = 6000  # of a message that must be shortened, at most this much is our own text

_FILE_WORDS = {
    MediaKind.PHOTO: N_("photo"),
    MediaKind.VIDEO: N_("video"),
    MediaKind.DOCUMENT: N_("file"),
    MediaKind.AUDIO: N_("music"),
    MediaKind.ANIMATION: N_("GIF"),
    MediaKind.VOICE: N_("voice message"),
}
_PICTURE_IN_THREAD = N_("🖼️ {name}: Slack cannot show it here yet (open it in the thread)")
_NO_PICTURE_YET = N_("🖼️ {name}: Slack cannot show this picture yet. Open this again in a moment.")
_IN_THREAD = N_("✂️ Shortened here. The rest is in the thread.")
_FILE_IN_THREAD = N_("📎 {name} (open it in the thread)")
_FILE_IN_DIRECT = N_("📎 {name} (open it in our direct messages)")
_LEFT_OUT = N_("✂️ Shortened here. Preview in our direct messages shows the whole.")


@dataclass(frozen=True, slots=True)
class Rendered:
    """One Slack message. `more`: what did not fit, to be posted in the thread under it. `named`:
    ids of media it only names.
    """

    blocks: list[Block]
    text: str
    more: tuple[Rendered, ...] = ()
    named: frozenset[int] = frozenset()


def render(
    reply: Reply,
    speech: Speech,
    *,
    pictures: Mapping[int, str] | None = None,
    notes: Iterable[Problem] = (),
    threaded: bool = True,
    space: int = MESSAGE_CHARACTERS,
) -> Rendered:
    """The content as a subscriber will see it, then what we say about it, then the buttons.

    `pictures`: media_id → id of a Slack file (F…) or an https address; other files are named.
    `notes`: what was lost when the content came in. `threaded`: whether there will be a thread
    for `more`; without one a long text is cut, and the message says so. `space`: characters.
    """
    message = reply.content or Message()
    whole = _with_captions(message, speech)
    files = _files(message.media, pictures or {}, speech, threaded=threaded)
    links, unshown = link_rows(message.buttons)
    buttons, missing = command_rows(reply.buttons, speech)
    notes = [*notes, *shown_differently(message.text), *unshown]
    asides = _aside(*(speech.plain(note.template, **note.values) for note in notes))
    after = _aside(*(speech.plain(note.template) for note in missing))
    space -= count_characters([*files, *links, *asides, *buttons, *after])
    own, own_rest = _fitting(reply.text, min(space, OWN_WORDS) if whole.text else space)
    content, content_rest = _fitting(whole, space - count_characters(own))
    cut = _aside(speech.plain(_IN_THREAD if threaded else _LEFT_OUT))
    blocks = [
        *files,
        *content,
        *(cut if content_rest.text else []),
        *packed(links, LINK_BLOCKS),
        *asides,
    ]
    if blocks and own:
        blocks.append({"type": "divider"})
    blocks += [*own, *(cut if own_rest.text else []), *after]
    blocks += packed(buttons, MESSAGE_BLOCKS - len(blocks))
    number(blocks)
    more = (*_messages(content_rest), *_messages(own_rest)) if threaded else ()
    named = frozenset(item.media_id for item in message.media) - (pictures or {}).keys()
    return Rendered(blocks, fallback(reply), more, named)


def without_pictures(made: Rendered, reply: Reply, speech: Speech) -> Rendered:
    """The same message when Slack will not have its pictures: named, to be opened in the thread."""
    media = reply.content.media if reply.content else ()
    blocks = pictures_named(made.blocks, speech, threaded=True)
    return replace(made, blocks=blocks, named=frozenset(item.media_id for item in media))


def pictures_named(blocks: Sequence[Block], speech: Speech, *, threaded: bool) -> list[Block]:
    """Blocks with the pictures that Slack keeps replaced by a line that names each."""
    said = _PICTURE_IN_THREAD if threaded else _NO_PICTURE_YET
    made: list[Block] = []
    for block in blocks:
        if "slack_file" in block:
            made += _aside(speech.plain(said, name=str(block.get("alt_text") or "")[:200]))
        else:
            made.append(block)
    return made


def fallback(reply: Reply) -> str:
    """For notifications and screen readers: the first words, without formatting; codes to the
    letter, as they may have to be typed from there."""
    content = reply.content.text if reply.content else RichText()
    text = reply.text if reply.text.text.strip() else content
    cut = ""
    if len(text.text) > FALLBACK:
        text = text.part(0, len(text.text[: characters_to_take(text.text, FALLBACK - 1)].rstrip()))
        cut = "…"
    codes = tuple(e for e in text.entities if e.kind in {EntityKind.CODE, EntityKind.PRE})
    kept = tuple(e.model_copy(update={"kind": EntityKind.CODE, "value": ""}) for e in codes)
    return to_mrkdwn(RichText(text=text.text + cut, entities=kept))


def _with_captions(message: Message, speech: Speech) -> RichText:
    """Slack shows a file without words under it; what a card's line does not hold of them, their
    end and their links, is shown with the text."""
    whole = message.text
    for place, item in enumerate(message.media, 1):
        if len(item.caption.text) > MOST or item.caption.entities:
            said = speech.say("Caption of file {n}: {words}", n=place, words=item.caption)
            whole = whole + "\n\n" + said if whole.text else said
    return whole


def _fitting(text: RichText, space: int) -> tuple[list[Block], RichText]:
    """As much as weighs at most `space`, and what is left."""
    wanted = max(space, 0)
    while len(text.text) > wanted or count_characters(to_rich_text(text)) > space:
        taken = characters_to_take(text.text, wanted) if wanted else 0
        blocks = to_rich_text(text.part(0, taken))
        if count_characters(blocks) <= space or not taken:
            return blocks, text.part(taken, len(text.text))
        wanted = wanted * 3 // 4  # long addresses weigh more than their words
    return to_rich_text(text), RichText()


def _messages(rest: RichText) -> tuple[Rendered, ...]:
    made = []
    while rest.text:
        blocks, after = _fitting(rest, MESSAGE_CHARACTERS)
        if not blocks:  # one address alone is over the limit
            blocks, after = (
                to_rich_text(RichText(text=rest.text[:FALLBACK])),
                rest.part(FALLBACK, len(rest.text)),
            )
        made.append(Rendered(blocks, fallback(Reply(rest))))
        rest = after
    return tuple(made)


def _files(
    media: Sequence[Media], pictures: Mapping[int, str], speech: Speech, *, threaded: bool
) -> list[Block]:
    """Pictures as they are; of others, where they can be opened."""
    made: list[Block] = []
    for item in media[:FILES]:
        name = item.filename or speech.plain(_FILE_WORDS[item.kind])
        if source := pictures.get(item.media_id):
            web: Block = {"image_url": source} if source.startswith("http") else {}
            where: Block = web or {"slack_file": {"id": source}}
            made.append({"type": "image", **where, "alt_text": name[:ALT]})
        else:
            made += _aside(speech.plain(_where(item, threaded=threaded), name=name[:200]))
    if (more := len(media) - FILES) > 0:
        made += _aside(speech.say_n("and {n} more file", "and {n} more files", more).text)
    return made


def _where(item: Media, *, threaded: bool) -> str:
    """Where what is only named can be seen."""
    if item.kind in PICTURES:
        return _PICTURE_IN_THREAD if threaded else _NO_PICTURE_YET
    return _FILE_IN_THREAD if threaded else _FILE_IN_DIRECT


def _aside(*lines: str) -> list[Block]:
    """Small grey words, literal: not part of the message they stand under."""
    said = "\n".join(lines)
    return [{"type": "context", "elements": [words(said, CONTEXT)]}] if said else []
