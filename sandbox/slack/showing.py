"""views.*: modals and the Home tab."""

from __future__ import annotations

from sandbox.slack.blocks import check_view
from sandbox.slack.errors import SlackError, invalid_arguments
from sandbox.slack.methods import Call, method
from sandbox.slack.modals import View, with_ids
from sandbox.slack.platform import Platform
from sandbox.slack.workspace import Json


def content_of(platform: Platform, view: object, *kinds: str) -> Json:
    """A view, checked and with every id filled in."""
    content = check_view(platform, view, *kinds)
    return content | {"blocks": with_ids(content["blocks"])}


def _shown(platform: Platform, view: View) -> Json:
    platform.show_view(view)
    return {"view": platform.views.describe(view)}


def _trigger(call: Call) -> str:
    trigger_id = call.text("trigger_id") or call.text("interactivity_pointer")
    if not trigger_id:
        raise invalid_arguments("missing required field: trigger_id")
    return trigger_id


@method("views.open")
def open_view(call: Call) -> Json:
    """Opens a modal for whoever the trigger belongs to."""
    platform = call.platform
    content = content_of(platform, call.args["view"], "modal")
    trigger = platform.tickets.exchange(_trigger(call))
    return _shown(platform, platform.views.open(trigger.user, content))


@method("views.push")
def push_view(call: Call) -> Json:
    """Puts a modal on top of the one the trigger came from."""
    platform = call.platform
    content = content_of(platform, call.args["view"], "modal")
    trigger = platform.tickets.exchange(_trigger(call))
    return _shown(platform, platform.views.push(trigger.user, content, trigger.view_id))


@method("views.update")
def update_view(call: Call) -> Json:
    """Changes a view that is open."""
    platform = call.platform
    view_id, external_id = call.text("view_id"), call.text("external_id")
    if not view_id and not external_id:
        raise invalid_arguments("missing required field: view_id")
    view = platform.views.find(view_id, external_id)
    content = content_of(platform, call.args["view"], view.content["type"])
    platform.views.update(view, content, call.text("hash"))
    return _shown(platform, view)


@method("views.publish")
def publish_view(call: Call) -> Json:
    """The Home tab of a person."""
    platform = call.platform
    if not platform.app.home_tab:
        raise SlackError("not_enabled")
    user = call.text("user_id")
    if platform.workspace.members.get(user) is None:
        raise invalid_arguments("invalid user_id [json-pointer:/user_id]")
    content = content_of(platform, call.args["view"], "home")
    return _shown(platform, platform.views.publish(user, content, call.text("hash")))
