"""What Slack's editor makes of typed text: mrkdwn into the rich_text block that people's messages carry."""

from __future__ import annotations

import re
from typing import Any

import emoji

from sandbox.slack.workspace import Json

_STYLES = {"*": "bold", "_": "italic", "~": "strike"}
_INLINE = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|<(?P<angle>[^<>\n]+)>"
    r"|:(?P<emoji>[a-z0-9_+'-]+):"
    r"|(?P<url>https?://[^\s<>]+)"
    r"|(?<!\w)(?P<mark>[*_~])(?P<inner>\S(?:[^\n]*?\S)?)(?P=mark)(?!\w)"
)
_BULLET = re.compile(r"(?:•|-|\*)\s+(.*)")
_NUMBER = re.compile(r"\d+[.)]\s+(.*)")


def from_mrkdwn(text: str) -> Json:
    """A rich_text block (without a block_id)."""
    elements: list[Json] = []
    parts = re.split(r"```\n?(.*?)\n?```\n?", text, flags=re.DOTALL)
    for number, part in enumerate(parts):
        if number % 2:
            leaf = {"type": "text", "text": part}
            elements.append({"type": "rich_text_preformatted", "elements": [leaf]})
        elif part:
            _lines(part, elements)
    return {"type": "rich_text", "elements": elements or [_section([])]}


def _section(leaves: list[Json]) -> Json:
    return {"type": "rich_text_section", "elements": leaves}


def _lines(part: str, elements: list[Json]) -> None:
    """Adds the lines of a part: lists and quotes gather, plain lines share a section."""
    for line in part.removesuffix("\n").split("\n"):
        last: Json = elements[-1] if elements else {"type": ""}
        bullet, number = _BULLET.fullmatch(line), _NUMBER.fullmatch(line)
        if bullet or number:
            style = "bullet" if bullet else "ordered"
            item = _section(_leaves((bullet or number)[1], {}))  # type: ignore[index]
            if last["type"] == "rich_text_list" and last["style"] == style:
                last["elements"].append(item)
            else:
                new = {"type": "rich_text_list", "style": style, "indent": 0, "elements": [item]}
                elements.append(new)
        elif line.startswith(">"):
            _append(elements, "rich_text_quote", _leaves(line[1:].lstrip(), {}))
        else:
            _append(elements, "rich_text_section", _leaves(line, {}))


def _append(elements: list[Json], kind: str, leaves: list[Json]) -> None:
    if elements and elements[-1]["type"] == kind:
        elements[-1]["elements"] += [{"type": "text", "text": "\n"}, *leaves]
    else:
        elements.append({"type": kind, "elements": leaves})


def _leaves(text: str, style: dict[str, bool]) -> list[Json]:
    found: list[Json] = []
    at = 0
    for match in _INLINE.finditer(text):
        if match.start() > at:
            found.append(_leaf("text", style, text=unescape(text[at : match.start()])))
        at = match.end()
        kind = match.lastgroup
        if match["code"]:
            found.append(_leaf("text", style | {"code": True}, text=unescape(match["code"])))
        elif match["angle"]:
            found.append(_angle(match["angle"], style))
        elif match["emoji"]:
            found.append(_emoji(match["emoji"], style))
        elif match["url"]:
            found.append(_leaf("link", style, url=match["url"]))
        elif kind:
            found += _leaves(match["inner"], style | {_STYLES[match["mark"]]: True})
    if at < len(text):
        found.append(_leaf("text", style, text=unescape(text[at:])))
    return found


def _angle(inside: str, style: dict[str, bool]) -> Json:
    """<@U1>, <#C1|name>, <!here>, <!subteam^S1>, <!date^…>, <url|label>."""
    target, _, label = inside.partition("|")
    if target.startswith("@"):
        return _leaf("user", style, user_id=target[1:])
    if target.startswith("#"):
        return _leaf("channel", style, channel_id=target[1:])
    if target.startswith("!subteam^"):
        return _leaf("usergroup", style, usergroup_id=target[9:])
    if target.startswith("!date^"):
        _, unix, form = target.split("^", 2)
        return _leaf("date", style, timestamp=int(unix), format=form, fallback=label)
    if target.startswith("!"):
        return _leaf("broadcast", style, range=target[1:])
    link = _leaf("link", style, url=unescape(target))
    return link | {"text": unescape(label)} if label else link


def _emoji(name: str, style: dict[str, bool]) -> Json:
    sign = emoji.emojize(f":{name}:", language="alias")
    if sign == f":{name}:":  # the workspace's own emoji have no code points
        return _leaf("emoji", style, name=name)
    return _leaf("emoji", style, name=name, unicode="-".join(f"{ord(c):x}" for c in sign))


def _leaf(kind: str, style: dict[str, bool], **fields: Any) -> Json:
    leaf: Json = {"type": kind, **fields}
    return leaf | {"style": dict(style)} if style else leaf


def unescape(text: str) -> str:
    """Slack escapes three characters only."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
