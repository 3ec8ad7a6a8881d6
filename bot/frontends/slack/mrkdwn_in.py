"""Slack's mrkdwn made neutral: a slash command's words, messages without blocks (pure)."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from bot.frontends.slack.emoji import unicode_of
from bot.frontends.slack.rich_text_in import (
    DATES_BECAME_TEXT,
    MENTIONS_BECAME_NAMES,
    Names,
    custom_emoji,
    moment,
)
from bot.frontends.slack.text_writer import Mark, Writer
from broadcast.channel import Problem
from broadcast.message import EntityKind, RichText

_MARKERS = {"*": EntityKind.BOLD, "_": EntityKind.ITALIC, "~": EntityKind.STRIKE}
_CODE: Mark = (EntityKind.CODE, "")
_TOKEN = re.compile(
    r"<(?P<angle>[^<>\n]+)>|`(?P<code>[^`\n]+)`|&(?P<char>lt|gt|amp);"
    r"|:(?P<emoji>[\w+'-]+(?:::skin-tone-[2-6])?):|(?P<marker>[*_~])"
)
_FENCE = re.compile(r"```\n?(.+?)\n?```", re.DOTALL)
_QUOTED = re.compile(r"(?:&gt;|>) ?")
_QUOTED_REST = re.compile(r"(?:&gt;|>){3} ?")
_CHARS = {"lt": "<", "gt": ">", "amp": "&"}
_MENTION = re.compile(r"<(?:[@#]|!subteam\^)([A-Z0-9]+)(?:\|[^<>\n]*)?>")
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*:\S", re.IGNORECASE)
_DEPTH = 20  # formatting inside formatting; deeper markers stay as typed


def from_mrkdwn(text: str, names: Names) -> RichText:
    """What a slash command or a message without blocks says. Nothing typed is an error.

    `names` as for rich text; a label Slack sent with a mention serves where the id is not there.
    """
    reader = _Reader(names)
    last = 0
    for fence in _FENCE.finditer(text):
        reader.lines(text[last : fence.start()])
        reader.preformatted(fence[1])
        last = fence.end()
    reader.lines(text[last:])
    return reader.writer.text()


def mrkdwn_mentioned(text: str) -> frozenset[str]:
    """Ids whose names `from_mrkdwn` will want."""
    return frozenset(_MENTION.findall(text))


def mrkdwn_losses(text: str) -> tuple[Problem, ...]:
    """What `from_mrkdwn` could not keep, as sentences to put under the preview."""
    found: dict[str, Problem] = {}
    for token in _TOKEN.finditer(text):
        problem = None
        if (angle := token["angle"]) is not None:
            problem = DATES_BECAME_TEXT if angle.startswith("!date^") else None
            if angle[0] in "@#!" and problem is None:
                problem = MENTIONS_BECAME_NAMES
        elif (name := token["emoji"]) is not None and not unicode_of(name):
            # 10:30:45 is a time; an emoji's name has a letter
            problem = custom_emoji(name) if any(char.isalpha() for char in name) else None
        if problem is not None:
            found.setdefault(problem.template, problem)
    return tuple(found.values())


class _Reader:
    def __init__(self, names: Names) -> None:
        self.writer = Writer()
        self._names = names
        self._after_code = False

    def lines(self, text: str) -> None:
        """Text outside code blocks. A quote is one entity over its lines."""
        if not text:
            return
        if self._after_code and not text.startswith("\n"):
            self.writer.add("\n")
        self._after_code = False
        quote_start, rest_quoted = -1, False
        for index, line in enumerate(text.split("\n")):
            mark = None if rest_quoted else _QUOTED_REST.match(line)
            rest_quoted = rest_quoted or mark is not None
            mark = mark or (None if rest_quoted else _QUOTED.match(line))
            quoted = rest_quoted or mark is not None
            if not quoted:
                self._quote(quote_start)
                quote_start = -1
            self.writer.add("\n" if index else "")
            if quoted and quote_start < 0:
                quote_start = self.writer.length
            start = mark.end() if mark else 0
            tokens = list(_TOKEN.finditer(line))
            _Line(self, line, tokens).write(start, len(line))
        self._quote(quote_start)

    def _quote(self, start: int) -> None:
        if start >= 0:
            self.writer.cover((EntityKind.QUOTE, ""), start, self.writer.length, join=False)

    def preformatted(self, code: str) -> None:
        """On lines of its own, as Slack shows it."""
        if self._after_code or (self.writer.length and not self.writer.ends_a_line):
            self.writer.add("\n")
        start = self.writer.length
        self.writer.add(_plain(code))
        self.writer.cover((EntityKind.PRE, ""), start, self.writer.length, join=False)
        self._after_code = True

    def angle(self, inside: str, marks: Sequence[Mark]) -> None:
        """`<@U1|ada>`, `<https://example.org|label>`, `<!date^…|fallback>`; else as typed."""
        what, _, label = inside.partition("|")
        label = _plain(label)
        if what.startswith(("@", "#")) and what[1:]:
            name = self._names.get(what[1:]) or label.lstrip("@#") or what[1:]
            self.writer.add(what[0] + name, marks)
        elif what.startswith("!"):
            self.writer.add(self._special(what[1:], label), marks)
        elif _ADDRESS.match(what):
            url = _plain(what)
            own = not label or url in {f"mailto:{label}", f"tel:{label}"}
            link: tuple[Mark, ...] = () if own else ((EntityKind.LINK, url),)
            self.writer.add(label or url.removeprefix("mailto:"), (*marks, *link))
        else:
            self.writer.add(_plain(f"<{inside}>"), marks)

    def _special(self, what: str, label: str) -> str:
        kind, _, value = what.partition("^")
        if kind == "date":
            stamp = value.partition("^")[0]
            known = stamp.isdecimal() and len(stamp) < 12
            return label or (moment(int(stamp)) if known else "")
        if kind == "subteam":
            return "@" + (self._names.get(value) or label.lstrip("@") or value)
        return "@" + (kind if kind in {"here", "channel", "everyone"} else label or kind)


class _Line:
    """One line: markers count only at the edges of words, as in Slack's own clients."""

    def __init__(self, reader: _Reader, line: str, tokens: list[re.Match[str]]) -> None:
        self._reader, self._line, self._tokens = reader, line, tokens
        self._starts = [token.start() for token in tokens]
        self._closing: dict[str, list[int]] = {
            marker: [t.start() for t in tokens if t["marker"] == marker and self._closes(t.start())]
            for marker in _MARKERS
        }

    def write(self, start: int, end: int, marks: tuple[Mark, ...] = ()) -> None:
        writer, at = self._reader.writer, start
        index = bisect_right(self._starts, start - 1)
        while index < len(self._tokens) and (token := self._tokens[index]).start() < end:
            writer.add(self._line[at : token.start()], marks)
            at = token.end()
            if (marker := token["marker"]) is not None:
                close = self._close(token.start(), end) if len(marks) < _DEPTH else -1
                if close > 0:
                    self.write(at, close, (*marks, (_MARKERS[marker], "")))
                    at = close + 1
                else:
                    writer.add(marker, marks)
            else:
                self._token(token, marks)
            index = bisect_right(self._starts, at - 1)
        writer.add(self._line[at:end], marks)

    def _token(self, token: re.Match[str], marks: tuple[Mark, ...]) -> None:
        writer = self._reader.writer
        if (inside := token["angle"]) is not None:
            self._reader.angle(inside, marks)
        elif (code := token["code"]) is not None:
            writer.add(_plain(code), (*marks, _CODE))
        elif (char := token["char"]) is not None:
            writer.add(_CHARS[char], marks)
        else:
            writer.add(unicode_of(token["emoji"]) or token[0], marks)

    def _close(self, opening: int, end: int) -> int:
        """Where the marker at `opening` is closed before `end`; -1 when it opens nothing."""
        before, after = self._line[opening - 1 : opening], self._line[opening + 1 : opening + 2]
        marker = self._line[opening]
        if before.isalnum() or not after or after.isspace() or after == marker:
            return -1
        places = self._closing[marker]
        found = bisect_right(places, opening + 1)
        return places[found] if found < len(places) and places[found] < end else -1

    def _closes(self, at: int) -> bool:
        before, after = self._line[at - 1 : at], self._line[at + 1 : at + 2]
        return bool(before) and not before.isspace() and not after.isalnum()


def _plain(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
