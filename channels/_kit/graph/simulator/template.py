"""One message template: what it may look like, and how it becomes a message."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from channels._kit.graph.simulator.errors import GraphError, invalid

Json = dict[str, Any]
Refuse = Callable[[int, str], GraphError]  # by WhatsApp's code and details
CATEGORIES = ("MARKETING", "UTILITY", "AUTHENTICATION")
_NAME = re.compile(r"[a-z0-9_]{1,512}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2,3})?")
_VARIABLE = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_NAMED = re.compile(r"[a-z][a-z0-9_]*")
_ODD_SPACE = re.compile(r"[\r\n\t]| {5}")
_LONGEST = {"HEADER": 60, "BODY": 1024, "FOOTER": 60}
_BUTTONS = ("QUICK_REPLY", "URL", "PHONE_NUMBER", "COPY_CODE", "OTP")
_MEDIA = ("IMAGE", "VIDEO", "DOCUMENT")


@dataclass(slots=True)
class Template:
    """A template in one language."""

    id: str
    name: str
    language: str
    category: str
    named: bool  # {{first_name}}, not {{1}}
    components: list[Json]
    status: str = "PENDING"
    reason: str = "NONE"
    quality: str = "UNKNOWN"
    previous_category: str = ""
    pauses: int = 0
    max_price: bool = False  # has a bid: only the marketing endpoint may send it
    variables: dict[str, list[str]] = field(default_factory=dict)  # by component type

    def component(self, kind: str) -> Json:
        """The component of a type, or {}."""
        return next((c for c in self.components if c["type"] == kind), {})

    @property
    def buttons(self) -> list[Json]:
        """Its buttons."""
        found: list[Json] = self.component("BUTTONS").get("buttons", [])
        return found

    def describe(self) -> Json:
        """As the API lists it."""
        about: Json = {
            "id": self.id,
            "name": self.name,
            "language": self.language,
            "status": self.status,
            "category": self.category,
            "parameter_format": "NAMED" if self.named else "POSITIONAL",
            "components": self.components,
            "quality_score": {"score": self.quality},
            "rejected_reason": self.reason,
        }
        if self.previous_category:
            about["previous_category"] = self.previous_category
        return about


def read_components(wish: Json, named: bool) -> tuple[list[Json], dict[str, list[str]]]:
    """The components of a new template and their variables; refuses what Meta would refuse."""
    given = wish.get("components")
    if not isinstance(given, list) or not given:
        raise invalid("Param components must be a non-empty array.")
    components, variables = [], {}
    for item in given:
        if not isinstance(item, dict) or not isinstance(item.get("type"), str):
            raise invalid("Each component needs a type.")
        component = item | {"type": item["type"].upper()}
        kind = component["type"]
        if kind == "BUTTONS":
            _check_buttons(component.get("buttons"))
        elif kind in _LONGEST:
            variables[kind] = _check_text(component, named)
        else:
            raise invalid(f"Component type {kind} is not supported by this sandbox.")
        components.append(component)
    kinds = [c["type"] for c in components]
    if len(set(kinds)) != len(kinds):
        raise invalid("Each type of component may appear once.")
    if "BODY" not in kinds:
        raise invalid("A template needs a BODY component.")
    return components, variables


def _check_text(component: Json, named: bool) -> list[str]:
    kind = component["type"]
    if kind == "HEADER":
        shape = component["format"] = str(component.get("format") or "").upper()
        if shape in _MEDIA:
            if not (component.get("example") or {}).get("header_handle"):
                raise invalid("A header with media needs example.header_handle.", subcode=2388273)
            return []
        if shape != "TEXT":
            raise invalid("Header format must be one of {TEXT, IMAGE, VIDEO, DOCUMENT}.")
    text = component.get("text")
    if not isinstance(text, str) or not text.strip():
        raise invalid(f"{kind} needs a text.")
    if len(text) > _LONGEST[kind]:
        raise invalid(f"{kind} text must be at most {_LONGEST[kind]} characters.", subcode=2388040)
    found = list(dict.fromkeys(match[1] for match in _VARIABLE.finditer(text)))
    _check_variables(kind, text.strip(), found, named)
    if found:
        _check_example(kind, component.get("example") or {}, found, named)
    return found


def _check_variables(kind: str, text: str, found: list[str], named: bool) -> None:
    if kind == "FOOTER" and found:
        raise invalid("Footers can't have variables.", subcode=2388072)
    if kind == "HEADER" and len(found) > 1:
        raise invalid("A header may have one variable.")
    if kind == "BODY" and (text.startswith("{{") or text.endswith("}}")):
        words = "Variables can't be at the start or end of the template."
        raise invalid(words, subcode=2388299)
    if named:
        wrong = [name for name in found if not _NAMED.fullmatch(name)]
    else:
        wrong = [] if found == [str(n + 1) for n in range(len(found))] else found
    if wrong:
        style = "lower-case names" if named else "{{1}}, {{2}}, … in order"
        raise invalid(f"The variables {wrong} of {kind} must be {style}.", subcode=2388073)


def _check_example(kind: str, example: Json, found: list[str], named: bool) -> None:
    part = kind.lower() + "_text"
    if named:
        given = example.get(f"{part}_named_params") or []
        have = {item.get("param_name") for item in given if isinstance(item, dict)}
        complete = have >= set(found)
    else:
        values = example.get(part) or []
        if kind == "BODY" and values and isinstance(values[0], list):
            values = values[0]
        complete = len(values) == len(found)
    if not complete:
        words = f"Component of type {kind} is missing expected field(s) (example)."
        raise invalid(words, subcode=2388043)


def _check_buttons(buttons: Any) -> None:
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= 10:
        raise invalid("BUTTONS must have between 1 and 10 buttons.")
    for button in buttons:
        if not isinstance(button, dict) or button.get("type") not in _BUTTONS:
            raise invalid(f"Button type must be one of {{{', '.join(_BUTTONS)}}}.")
        text = button.get("text")
        if not isinstance(text, str) or not 1 <= len(text) <= 25:
            raise invalid("Button text must have between 1 and 25 characters.")
        if button["type"] == "URL" and not button.get("url"):
            raise invalid("A URL button needs a url.")


def check_names(wish: Json) -> None:
    """Name, language and category of a new template."""
    if not _NAME.fullmatch(str(wish.get("name") or "")):
        words = "Param name may have lower-case letters, digits and underscores only."
        raise invalid(words)
    if not _LANGUAGE.fullmatch(str(wish.get("language") or "")):
        raise invalid("Param language is not a supported language code.")
    if wish.get("category") not in CATEGORIES:
        raise invalid(f"Param category must be one of {{{', '.join(CATEGORIES)}}}.")


def hydrate(template: Template, components: list[Json], refuse: Refuse) -> Json:
    """The template with its parameters, as a phone shows it; refuses what does not fit."""
    given = {str(c["type"]).lower(): c for c in components if c["type"].lower() != "button"}
    shown: Json = {"template": template.name}
    header = template.component("HEADER")
    if header:
        shown |= _header(template, header, given.get("header", {}), refuse)
    elif "header" in given:
        raise _count("header", len(given["header"].get("parameters", ())), 0, refuse)
    text = _filled(template, "BODY", given.get("body", {}).get("parameters", []), refuse)
    if len(text) > _LONGEST["BODY"]:
        raise refuse(132005, f"Translated text has {len(text)} characters, 1024 are allowed.")
    shown["text"] = text
    footer = template.component("FOOTER")
    if footer:
        shown["footer"] = footer["text"]
    pressed = [c for c in components if c["type"].lower() == "button"]
    buttons = _buttons(template, pressed, refuse)
    if buttons:
        shown["buttons"] = buttons
    return shown


def _header(template: Template, header: Json, given: Json, refuse: Refuse) -> Json:
    parameters = given.get("parameters", [])
    if header["format"] == "TEXT":
        return {"header": _filled(template, "HEADER", parameters, refuse)}
    kind = header["format"].lower()
    received = parameters[0]["type"].lower() if len(parameters) == 1 else "UNKNOWN"
    if received != kind:
        words = f"header: Format mismatch, expected {kind.upper()}, received {received.upper()}"
        raise refuse(132012, words)
    return {"kind": kind, "media": parameters[0][kind]}


def _count(part: str, got: int, wanted: int, refuse: Refuse) -> GraphError:
    return refuse(
        132000,
        f"{part}: number of localizable_params ({got}) does not match the expected number of "
        f"params ({wanted})",
    )


def _filled(template: Template, kind: str, parameters: list[Json], refuse: Refuse) -> str:
    names = template.variables.get(kind, [])
    if len(parameters) != len(names):
        raise _count(kind.lower(), len(parameters), len(names), refuse)
    values: dict[str, str] = {}
    for place, parameter in enumerate(parameters):
        value = _value(parameter, kind, refuse)
        name = parameter.get("parameter_name") if template.named else str(place + 1)
        if name not in names:
            raise invalid(f"{kind.lower()}: Parameter name is missing or empty, or not {names}.")
        values[name] = value
    if len(values) < len(names):
        raise _count(kind.lower(), len(values), len(names), refuse)
    text: str = template.component(kind)["text"]
    return _VARIABLE.sub(lambda match: values[match[1]], text) if names else text


def _value(parameter: Json, kind: str, refuse: Refuse) -> str:
    shape = parameter["type"].lower()
    if shape in ("currency", "date_time"):
        return str(parameter[shape]["fallback_value"])
    if shape != "text":
        raise refuse(132012, f"{kind.lower()}: Format mismatch, expected TEXT, received {shape}")
    if not parameter["text"].strip():
        raise refuse(131008, f"{kind.lower()}: Parameter of type text is missing text value")
    if _ODD_SPACE.search(parameter["text"]):
        words = "cannot have new-line/tab characters or more than 4 consecutive spaces"
        raise refuse(132018, f"Param text {words}.")
    return str(parameter["text"])


def _buttons(template: Template, given: list[Json], refuse: Refuse) -> list[Json]:
    by_place = {int(item["index"]): item for item in given}
    for place, item in by_place.items():
        known = template.buttons[place]["type"].lower() if place < len(template.buttons) else ""
        if item["sub_type"].lower() != known:
            words = f"buttons: Button at index {place} of type {item['sub_type']} does not exist."
            raise refuse(131009, words)
    shown = []
    for place, button in enumerate(template.buttons):
        parameters = by_place.get(place, {}).get("parameters", [{}])
        about: Json = {"title": button["text"], "type": button["type"].lower()}
        if button["type"] == "QUICK_REPLY":
            about["id"] = parameters[0].get("payload") or button["text"]
        elif button["type"] == "URL":
            about["url"] = _url(button["url"], parameters[0], place, refuse)
        shown.append(about)
    return shown


def _url(url: str, parameter: Json, place: int, refuse: Refuse) -> str:
    if not _VARIABLE.search(url):
        return url
    if not parameter.get("text"):
        raise refuse(131008, f"buttons: Button at index {place} of type Url requires a parameter")
    return _VARIABLE.sub(lambda _: str(parameter["text"]), url)
