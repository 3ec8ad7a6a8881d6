"""Templates as Meta keeps them on both channels: listed, created, their status in one word."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from broadcast.channel import AccountEvent, Problem, Template
from broadcast.language import N_
from broadcast.lenient_json import a_dict, a_list, a_string, a_text, parsed
from broadcast.message import Message
from channels._kit.graph.api import Json
from channels._kit.values import MAX_BODY, least_room

FIELDS = (
    "id,name,language,category,status,quality_score,rejected_reason,components,parameter_format"
)
# Buttons that are sent with something of their own each time.
_FILLED_BUTTONS = frozenset({"COPY_CODE", "OTP", "MPM", "SPM"})
_STOPS = frozenset({"PAUSED", "DISABLED"})
_REJECTED = {
    "ABUSIVE_CONTENT": N_(
        "The template “{name}” was rejected: Meta reads it as abuse, or as goods it forbids. "
        "Change the words and ask again under another name."
    ),
    "INVALID_FORMAT": N_(
        "The template “{name}” was rejected for its form: look at its blanks, links and line "
        "breaks, and ask again under another name."
    ),
    "TAG_CONTENT_MISMATCH": N_(
        "The template “{name}” was rejected: its words do not fit the language or the category "
        "you gave. Ask again under another name, with the right ones."
    ),
    "": N_("The template “{name}” was rejected: {reason}"),
}
Key = tuple[str, str]  # a template's name and language
_PARAMETER = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def template_of(raw: Json) -> Template:
    """One item of GET /{WABA_ID}/message_templates."""
    components = raw.get("components")
    body = _text(components, "BODY")
    reason = str(raw.get("rejected_reason") or "")
    score = raw.get("quality_score")
    quality = score.get("score") if isinstance(score, dict) else score
    return Template(
        name=a_string(raw.get("name")),
        language=a_string(raw.get("language")),
        category=a_string(raw.get("category")).lower(),
        body=body,
        status=a_string(raw.get("status")).lower(),
        quality=str(quality or "").lower(),
        reason="" if reason.upper() == "NONE" else reason,
        parameters=parameters_of(body),
        header=_header(components),
        footer=_text(components, "FOOTER"),
        buttons=_buttons(components),
        components=json.dumps(_sent(components), sort_keys=True, ensure_ascii=False),
        template_id=a_text(raw.get("id")),
    )


def _sent(components: Any) -> Any:
    """What somebody may get of it. Examples are for Meta's reviewers; that of a picture is an
    address which Meta signs anew for every listing."""
    if isinstance(components, list):
        return [_sent(one) for one in components]
    if isinstance(components, dict):
        return {key: _sent(value) for key, value in components.items() if key != "example"}
    return components


def parameters_of(body: str) -> tuple[str, ...]:
    """`{{1}}` or `{{first_name}}`, each once, in the order they stand."""
    return tuple(dict.fromkeys(_PARAMETER.findall(body)))


def room_of(template: Template) -> int:
    """The characters its values may have together."""
    return max(1, MAX_BODY - len(_PARAMETER.sub("", template.body)))


def problems_of(message: Message, channel: str, known: Mapping[Key, Template]) -> list[Problem]:
    """What would make Meta refuse the chosen template for everybody, as far as it is known."""
    use = message.template(channel)
    template = known.get((use.name, use.language)) if use else None
    if use is None or template is None:
        return []
    if not template.usable:
        sentence = N_("Meta does not let the template “{name}” go now. Choose another: /outside.")
        return [Problem(sentence, {"name": use.name})]
    if sentence := _wanting(template):
        return [Problem(sentence, {"name": use.name})]
    given = {key for key, value in use.parameters if value.strip()}
    if missing := [name for name in template.parameters if name not in given]:
        sentence = N_(
            "The template “{name}” has no value for {missing}. Choose it again: /outside."
        )
        return [Problem(sentence, {"name": use.name, "missing": ", ".join(missing)})]
    if (over := least_room(use) - room_of(template)) > 0:
        sentence = N_(
            "The values for the template “{name}” are {n} characters too long. Choose it again: "
            "/outside."
        )
        return [Problem(sentence, {"name": use.name, "n": over})]
    return []


def _wanting(template: Template) -> str:
    """What it wants at every sending beside the values in its text, as a sentence; else empty."""
    components = parsed(template.components.encode()) if template.components else []
    header = _component(components, "HEADER")
    if a_string(header.get("format")).upper() not in {"", "TEXT"}:
        return N_(
            "The template “{name}” begins with a file or a place. That has to come with every "
            "message, and is not sent from here. Choose another: /outside."
        )
    buttons = a_list(_component(components, "BUTTONS").get("buttons"))
    values = [a_string(header.get("text")), *(a_string(a_dict(b).get("url")) for b in buttons)]
    kinds = {a_string(a_dict(button).get("type")).upper() for button in buttons}
    if any(map(_PARAMETER.search, values)) or kinds & _FILLED_BUTTONS:
        return N_(
            "The template “{name}” has a blank in its header or in a button. Only those in its "
            "text are filled in here. Choose another: /outside."
        )
    return ""


def news_of(name: str, language: str, status: str, reason: str) -> AccountEvent:
    """What became of a template, as whoever asked for it is told; `status` in Meta's words."""
    only = (name, language)
    if status == "APPROVED":
        return AccountEvent(N_("The template “{name}” is approved."), {"name": name}, only=only)
    if status == "REJECTED":
        values: dict[str, object] = {"name": name, "reason": reason or "?"}
        return AccountEvent(_REJECTED.get(reason.upper(), _REJECTED[""]), values, only=only)
    return AccountEvent(
        N_("The template “{name}” is now {status}. {reason}"),
        {"name": name, "status": status.lower(), "reason": reason},
        pause=status in _STOPS,
        only=only,
    )


def request_of(template: Template, examples: Mapping[str, str], leave: str) -> Json:
    """The body that asks for approval, with a button to leave under every marketing template."""
    parameters = parameters_of(template.body)
    named = [name for name in parameters if not name.isdecimal()]
    body: Json = {"type": "BODY", "text": template.body}
    if named:
        body["example"] = {
            "body_text_named_params": [
                {"param_name": name, "example": examples.get(name) or name} for name in named
            ]
        }
    elif parameters:
        values = [examples.get(name) or name for name in parameters]
        body["example"] = {"body_text": [values]}
    components = [body]
    if template.category == "marketing":
        button = {"type": "QUICK_REPLY", "text": leave}
        components.append({"type": "BUTTONS", "buttons": [button]})
    return {
        "name": template.name,
        "language": template.language,
        "category": template.category.upper(),
        "parameter_format": "NAMED" if named else "POSITIONAL",
        "components": components,
    }


def _component(components: Any, kind: str) -> Json:
    for component in components if isinstance(components, list) else []:
        if isinstance(component, dict) and component.get("type") == kind:
            return component
    return {}


def _text(components: Any, kind: str) -> str:
    return a_string(_component(components, kind).get("text"))


def _header(components: Any) -> str:
    """Its text; of a picture or another file what kind it is."""
    found = _component(components, "HEADER")
    return a_string(found.get("text")) or a_string(found.get("format"))


def _buttons(components: Any) -> tuple[str, ...]:
    """Each as people see it, an address or a number after its label."""
    listed = _component(components, "BUTTONS").get("buttons")
    made = []
    for button in listed if isinstance(listed, list) else []:
        if isinstance(button, dict):
            aim = a_string(button.get("url")) or a_string(button.get("phone_number"))
            made.append(": ".join(filter(None, (a_string(button.get("text")), aim))))
    return tuple(made)
