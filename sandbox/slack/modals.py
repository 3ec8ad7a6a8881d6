"""Views on screens: each person's stack of modals and their Home tab."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from sandbox.slack.choices import interactive, state_of
from sandbox.slack.errors import SlackError
from sandbox.slack.installation import Installation
from sandbox.slack.workspace import TEAM_ID, Json

STACK = 3  # modals on top of each other (docs.slack.dev/surfaces/modals)


@dataclass(slots=True)
class View:
    """A modal or a Home tab as it is now, with what its person typed so far."""

    id: str
    user: str
    content: Json
    hash: str
    root: str = ""
    previous: str | None = None
    typed: dict[tuple[str, str], Json] = field(default_factory=dict)


class Views:
    """All views by person."""

    def __init__(self, app: Installation) -> None:
        self._app = app
        self._known: dict[str, View] = {}
        self._stacks: dict[str, list[View]] = {}
        self._homes: dict[str, View] = {}

    def open(self, user: str, content: Json) -> View:
        """A new modal in place of whatever modals were open."""
        self._check_external(content)
        self.close(user, everything=True)
        view = self._new(user, content)
        self._stacks[user] = [view]
        return view

    def push(self, user: str, content: Json, on: str = "") -> View:
        """A modal on top of the one it was asked for from."""
        stack = self._stacks.get(user) or []
        if not stack or (on and on not in [view.id for view in stack]):
            raise SlackError("not_found")
        if len(stack) >= STACK:
            raise SlackError("push_limit_reached")
        self._check_external(content)
        view = self._new(user, content)
        view.root, view.previous = stack[0].id, stack[-1].id
        stack.append(view)
        return view

    def _new(self, user: str, content: Json) -> View:
        view = View(f"V{secrets.token_hex(5).upper()}", user, content, _hash())
        view.root = view.id
        self._known[view.id] = view
        return view

    def find(self, view_id: str = "", external_id: str = "") -> View:
        """A view that is still on a screen, or not_found."""
        for view in self._known.values():
            if view.id == view_id or (
                external_id and view.content.get("external_id") == external_id
            ):
                return view
        raise SlackError("not_found")

    def update(self, view: View, content: Json, given_hash: str = "") -> None:
        """New content. What was typed stays where block_id and action_id are the same."""
        if given_hash and given_hash != view.hash:
            raise SlackError("hash_conflict")
        self._check_external(content, view)
        view.content, view.hash = content, _hash()
        kept = {
            (b["block_id"], e.get("action_id")): e["type"]
            for b, e in interactive(content["blocks"])
        }
        view.typed = {k: s for k, s in view.typed.items() if kept.get(k) == s["type"]}

    def publish(self, user: str, content: Json, given_hash: str = "") -> View:
        """The Home tab of a person."""
        view = self._homes.get(user)
        if view is not None:
            self.update(view, content, given_hash)
            return view
        self._check_external(content)
        view = self._homes[user] = self._new(user, content)
        return view

    def top(self, user: str) -> View | None:
        """The modal a person looks at."""
        stack = self._stacks.get(user)
        return stack[-1] if stack else None

    def home(self, user: str) -> View | None:
        """The Home tab, once published."""
        return self._homes.get(user)

    def forget_home(self, user: str) -> None:
        """As if nothing had been published there yet."""
        if (view := self._homes.pop(user, None)) is not None:
            self._known.pop(view.id, None)

    def close(self, user: str, everything: bool = False) -> list[View]:
        """Closes the top modal (or all of them); gives back those that went."""
        stack = self._stacks.get(user) or []
        gone = stack[::-1] if everything else stack[-1:]
        for view in gone:
            stack.remove(view)
            self._known.pop(view.id, None)
        return gone

    def _check_external(self, content: Json, own: View | None = None) -> None:
        wanted = content.get("external_id")
        taken = [v for v in self._known.values() if v.content.get("external_id") == wanted]
        if wanted and any(view is not own for view in taken):
            raise SlackError("duplicate_external_id")

    def describe(self, view: View) -> Json:
        """As API answers and payloads show it."""
        content = view.content
        shown: Json = {
            "id": view.id, "team_id": TEAM_ID, "type": content["type"],
            "blocks": content["blocks"], "private_metadata": content.get("private_metadata", ""),
            "callback_id": content.get("callback_id", ""),
            "state": {"values": state_of(content["blocks"], view.typed)}, "hash": view.hash,
            "title": content.get("title") or _plain("View Title"),
            "clear_on_close": content.get("clear_on_close", False),
            "notify_on_close": content.get("notify_on_close", False),
            "close": content.get("close"), "submit": content.get("submit"),
            "previous_view_id": view.previous, "root_view_id": view.root,
            "app_id": self._app.app_id, "external_id": content.get("external_id", ""),
            "app_installed_team_id": TEAM_ID, "bot_id": self._app.bot_id,
        }  # fmt: skip
        if content["type"] == "modal":
            shown["submit_disabled"] = content.get("submit_disabled", False)
        return shown


def _plain(text: str) -> Json:
    return {"type": "plain_text", "text": text, "emoji": True}


def _hash() -> str:
    return f"{secrets.randbelow(10**10)}.{secrets.token_hex(4)}"


def with_ids(blocks: list[Any]) -> list[Json]:
    """The blocks as Slack keeps them: every block with a block_id, every element with an action_id."""
    kept: list[Json] = []
    for given in blocks:
        block = dict(given)
        block["block_id"] = block.get("block_id") or secrets.token_urlsafe(4)
        for name in ("accessory", "element"):
            if isinstance(block.get(name), dict):
                block[name] = _identified(block[name])
        if block["type"] == "actions":
            block["elements"] = [_identified(element) for element in block["elements"]]
        kept.append(block)
    return kept


def _identified(element: Json) -> Json:
    if element["type"] == "image" or element.get("action_id"):
        return element
    return element | {"action_id": secrets.token_urlsafe(4)}
