"""Checks a rich_text block: sections, lists, quotes and code with their leaves."""

from __future__ import annotations

from sandbox.slack.shapes import Check, flag, integer, items, one_of, shape, string, typed

_STYLE = shape(
    {},
    dict.fromkeys(
        (
            "bold",
            "italic",
            "strike",
            "code",
            "underline",
            "highlight",
            "client_highlight",
            "unlink",
        ),
        flag,
    ),
)
_URL, _ID = string(3000), string(255)
_MANY = 1000  # no published number; keeps a mistake from growing without end


def _leaf(required: dict[str, Check], optional: dict[str, Check] | None = None) -> Check:
    return shape(required, {"style": _STYLE, **(optional or {})})


LEAF = typed(
    {
        # Slack refuses an empty text leaf: "must be more than 0 characters".
        "text": _leaf({"text": string(12_000)}),
        "link": _leaf({"url": _URL}, {"text": string(3000), "unsafe": flag}),
        "emoji": _leaf({"name": _ID}, {"unicode": _ID, "skin_tone": integer(1, 6), "url": _URL}),
        "user": _leaf({"user_id": _ID}),
        "usergroup": _leaf({"usergroup_id": _ID}),
        "channel": _leaf({"channel_id": _ID}),
        "team": _leaf({"team_id": _ID}),
        "broadcast": _leaf({"range": one_of("here", "channel", "everyone")}),
        "color": _leaf({"value": _ID}),
        "date": _leaf(
            {"timestamp": integer(0, 2**40), "format": string(255)},
            {"url": _URL, "fallback": string(3000)},
        ),
    }
)
_LEAVES = items(LEAF, _MANY, 0)
_BORDER = {"border": integer(0, 1)}
_SECTION = shape({"elements": _LEAVES})
_LIST = shape(
    {
        "style": one_of("bullet", "ordered"),
        "elements": items(typed({"rich_text_section": _SECTION}), _MANY),
    },
    {"indent": integer(0, 8), "offset": integer(0, 100_000), **_BORDER},
)
ELEMENTS = items(
    typed(
        {
            "rich_text_section": _SECTION,
            "rich_text_list": _LIST,
            "rich_text_quote": shape({"elements": _LEAVES}, _BORDER),
            "rich_text_preformatted": shape({"elements": _LEAVES}, {"language": _ID, **_BORDER}),
        }
    ),
    _MANY,
)
RICH_TEXT = shape({"elements": ELEMENTS}, {"block_id": string(255)})
