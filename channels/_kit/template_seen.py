"""A template as its reader sees it, from what would be sent of it and what Meta holds (pure)."""

from __future__ import annotations

import re

from broadcast.channel import Shown, Template
from broadcast.lenient_json import a_dict, a_list, a_string
from broadcast.message import Message, RichText, TemplateUse
from channels._kit.graph.api import Json
from channels._kit.read_marks import read

_BLANK = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def template_seen(use: TemplateUse, known: Template | None, payload: Json) -> Shown:
    """With the values in its blanks as they would be sent. Of a template that is not known, its name
    and the values."""
    values = _values(payload)
    if known is None:
        named = ", ".join(f"{key}={value}" for key, value in values.items())
        return Shown(Message(text=RichText(text=": ".join(filter(None, (use.name, named))))))
    body = _BLANK.sub(lambda blank: values.get(blank[1], blank[0]), known.body)
    whole = "\n".join(filter(None, (known.header, body, known.footer)))
    return Shown(Message(text=read(whole)), known.buttons)


def _values(payload: Json) -> dict[str, str]:
    """By the parameter's name, or its place from 1."""
    components = a_list(a_dict(payload.get("template")).get("components"))
    found: dict[str, str] = {}
    for component in components:
        for place, raw in enumerate(a_list(a_dict(component).get("parameters")), 1):
            one = a_dict(raw)
            key = a_string(one.get("parameter_name")) or str(place)
            found[key] = a_string(one.get("text"))
    return found
