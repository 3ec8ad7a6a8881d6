"""A modal under a person's fingers: filling it in, and what the app's answer does to it."""

from __future__ import annotations

from typing import Any

from sandbox.slack import choices, showing
from sandbox.slack.errors import SlackError
from sandbox.slack.modals import View
from sandbox.slack.platform import Platform
from sandbox.slack.posting import received
from sandbox.slack.workspace import Json, Member


class Forms:
    """The modals of everybody."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def top(self, member: Member) -> View:
        """The modal a person looks at, or LookupError."""
        view = self._platform.views.top(member.id)
        if view is None:
            raise LookupError(f"{member.id} has no modal open")
        return view

    def fill(self, view: View, values: Json) -> None:
        """Types and picks, by label, block_id or action_id, without sending."""
        known = [
            (block, element)
            for block, element in choices.interactive(view.content["blocks"])
            if element["type"] not in choices.STATELESS
        ]
        for name, wish in values.items():
            for block, element in known:
                label = choices.label_of(block, element)
                if name in (label, block["block_id"], element["action_id"]):
                    state = choices.choose(element, self._files(view, element, wish))
                    view.typed[block["block_id"], element["action_id"]] = state
                    break
            else:
                labels = [choices.label_of(block, element) for block, element in known]
                raise LookupError(f"no input {name!r}; there are {labels}")

    def _files(self, view: View, element: Json, wish: Any) -> Any:
        """A file_input takes files; their JSON is what the app sees."""
        if element["type"] != "file_input":
            return wish
        many = wish if isinstance(wish, list) else [wish] if wish else []
        if len(many) > element.get("max_files", 10):
            raise ValueError(f"no more than {element.get('max_files', 10)} files")
        files = [received(self._platform, one, view.user) for one in many]
        kinds = element.get("filetypes")
        for file in files:
            if kinds and file["filetype"] not in kinds:
                raise ValueError(f"{file['name']} is none of {kinds}")
        return files

    def refused(self, view: View) -> Json:
        """Inputs Slack's own client would not send, by label, with what it says."""
        refused: Json = {}
        for block, element in choices.interactive(view.content["blocks"]):
            if block["type"] != "input":
                continue
            key = (block["block_id"], element["action_id"])
            state = view.typed.get(key) or choices.initial(element)
            if why := choices.refused_by_client(block, element, state):
                refused[choices.label_of(block, element)] = why
        return refused

    def decide(self, member: Member, view_id: str, answer: Json) -> Json:
        """What the app's acknowledgement does with the modal that was submitted."""
        platform, action = self._platform, answer.get("response_action")
        view = platform.views.top(member.id)
        if view is None or view.id != view_id:
            return {"closed": True}  # the app has put another one in its place meanwhile
        if action == "errors":
            known = {b["block_id"] for b in view.content["blocks"] if b["type"] == "input"}
            errors = dict(answer.get("errors") or {})
            if not errors or not errors.keys() <= known:
                return {"error": "invalid_errors", "errors": errors}
            platform.show("errors", {view.user}, user=view.user, view_id=view.id, errors=errors)
            return {"errors": errors}
        if action in ("update", "push"):
            try:
                content = showing.content_of(platform, answer.get("view"), "modal")
                if action == "update":
                    platform.views.update(view, content)
                else:
                    view = platform.views.push(member.id, content)
            except SlackError as refused:
                return {"error": refused.error, "messages": list(refused.messages)}
            platform.show_view(view)
            return {"view": platform.views.describe(view)}
        platform.close_views(member.id, everything=action == "clear")
        return {"closed": True}
