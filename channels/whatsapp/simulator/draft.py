"""What a message says: its content checked, as a phone will show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from channels._kit.graph.simulator.errors import GraphError
from channels._kit.graph.simulator.template import Template, hydrate
from channels.whatsapp.simulator.account import Number
from channels.whatsapp.simulator.errors import refusal
from channels.whatsapp.simulator.media import KINDS
from channels.whatsapp.simulator.platform import Platform

Json = dict[str, Any]


@dataclass(slots=True)
class Draft:
    """A message that fits: how a phone shows it, and the template behind it."""

    bubble: Json
    template: Template | None = None
    failing: GraphError | None = None  # found wrong after it was accepted (a link)

    @property
    def is_marketing(self) -> bool:
        """Whether it is a marketing template."""
        return self.template is not None and self.template.category == "MARKETING"


class Drafting:
    """Makes a draft of a request body that is well-formed."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def draft(self, number: Number, body: Json) -> Draft:
        """The draft, or the refusal there is for its content."""
        kind = body["type"]
        if kind == "text":
            return Draft({"kind": "text", "text": body["text"]["body"]})
        if kind == "template":
            return await self._templated(number, body["template"])
        if kind in KINDS:
            bubble: Json = {"kind": kind, "text": body[kind].get("caption", "")}
            wrong = await self._attach(number, bubble, kind, body[kind], kind)
            return Draft(bubble, failing=wrong)
        if kind == "interactive":
            return await self._interactive(number, body["interactive"])
        if kind == "location":
            where = body["location"]
            return Draft({"kind": kind, "text": where.get("name") or where.get("address") or ""})
        raise refusal(131051, f"Messages of type {kind} are not supported by this sandbox.")

    async def _attach(
        self, number: Number, bubble: Json, kind: str, wish: Json, where: str
    ) -> GraphError | None:
        """Puts a file on a bubble; what is wrong with its link."""
        shelf = self._platform.shelf
        media = shelf.used(kind, wish, where, number.id)
        name = wish.get("filename") or (media.name if media else "")
        bubble["media"] = {"name": name, "id": wish.get("id"), "link": wish.get("link")}
        return None if media is not None else await shelf.fetch(kind, wish["link"])

    async def _interactive(self, number: Number, wish: Json) -> Draft:
        if wish["type"] not in ("button", "list"):
            words = (
                f"Interactive messages of type {wish['type']} are not supported by this sandbox."
            )
            raise refusal(131051, words)
        if "body" not in wish:
            raise refusal(131008, "Parameter interactive['body'] is mandatory.")
        part = "buttons" if wish["type"] == "button" else "sections"
        if part not in wish["action"]:
            raise refusal(131008, f"Parameter interactive['action']['{part}'] is mandatory.")
        bubble: Json = {"kind": "text", "text": wish["body"]["text"]}
        if part == "buttons":
            replies = [button["reply"] for button in wish["action"]["buttons"]]
        else:
            rows = [row for s in wish["action"]["sections"] for row in s.get("rows", ())]
            replies = [{"id": row["id"], "title": row["title"]} for row in rows]
        ids, titles = {r["id"] for r in replies}, {r["title"] for r in replies}
        if len(ids) < len(replies) or len(titles) < len(replies):
            raise refusal(131009, "Button ids and titles must be unique.")
        word = "reply" if part == "buttons" else "row"
        bubble["buttons"] = [reply | {"type": word} for reply in replies]
        if "footer" in wish:
            bubble["footer"] = wish["footer"]["text"]
        wrong = None
        header = wish.get("header")
        if header and header["type"] == "text":
            bubble["header"] = header.get("text", "")
        elif header:
            kind = header["type"]
            bubble["kind"] = kind
            where = f"interactive['header']['{kind}']"
            wrong = await self._attach(number, bubble, kind, header.get(kind) or {}, where)
        return Draft(bubble, failing=wrong)

    async def _templated(self, number: Number, wish: Json) -> Draft:
        template = self._platform.catalog.usable(wish["name"], wish["language"]["code"])
        bubble: Json = {"kind": "text", **hydrate(template, wish.get("components", []), refusal)}
        wrong = None
        if "media" in bubble:
            given, kind = bubble.pop("media"), bubble["kind"]
            wrong = await self._attach(number, bubble, kind, given, "template header")
        return Draft(bubble, template, wrong)
