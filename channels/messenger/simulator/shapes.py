"""What a Send API request may look like; there is no machine-readable description of it."""

from __future__ import annotations

from typing import Any

from channels._kit.graph.simulator.schema import Schema, Wrong
from channels.messenger.simulator.errors import refusal

Json = dict[str, Any]
_SCHEMA = Schema(
    {
        "Send": {
            "recipient": "!@Recipient",
            "messaging_type": "=RESPONSE|UPDATE|MESSAGE_TAG|UTILITY",
            "message": "@Message",
            "sender_action": "=typing_on|typing_off|mark_seen",
            "tag": "string",
            "notification_type": "=REGULAR|SILENT_PUSH|NO_PUSH",
            "reply_to": "@ReplyTo",
        },
        "Recipient": {"id": "string", "notification_messages_token": "string"},
        "ReplyTo": {"mid": "!string"},
        "Message": {
            "text": "string<=2000",
            "attachment": "@Attachment",
            "quick_replies": "[@QuickReply]0-13",
            "metadata": "string<=1000",
            "template": "@Utility",
        },
        "QuickReply": {
            "?content_type": {
                "text": "@TextReply",
                "user_email": "@Ask",
                "user_phone_number": "@Ask",
            }
        },
        "TextReply": {
            "content_type": "!string",
            "title": "!string<=20",
            "payload": "!string<=1000",
            "image_url": "string",
        },
        "Ask": {"content_type": "!string"},
        "Attachment": {"type": "!=image|video|audio|file|template", "payload": "!any"},
        "File": {"url": "string", "is_reusable": "boolean", "attachment_id": "string"},
        "Template": {"?template_type": {"button": "@Buttons", "generic": "@Generic"}},
        "Buttons": {
            "template_type": "!string",
            "text": "!string<=640",
            "buttons": "![@Button]1-3",
        },
        "Generic": {"template_type": "!string", "elements": "![@Element]1-10"},
        "Element": {
            "title": "!string<=80",
            "subtitle": "string<=80",
            "image_url": "string",
            "buttons": "[@Button]1-3",
        },
        "Button": {"?type": {"postback": "@Postback", "web_url": "@Link"}},
        "Postback": {"type": "!string", "title": "!string<=20", "payload": "!string<=1000"},
        "Link": {"type": "!string", "title": "!string<=20", "url": "!string"},
        "Utility": {
            "name": "!string",
            "language": "!@Language",
            "components": "[@Component]0-",
        },
        "Language": {"code": "!string"},
        "Component": {
            "type": "!=header|body|button",
            "parameters": "[@Parameter]0-",
            "sub_type": "string",
            "index": "index",
        },
        "Parameter": {
            "type": "!string",
            "text": "string",
            "parameter_name": "string",
            "payload": "string",
        },
        "Profile": {
            "get_started": "@Payload",
            "greeting": "[@Greeting]1-",
            "persistent_menu": "[@Menu]1-",
            "ice_breakers": "any",
            "whitelisted_domains": "any",
        },
        "Payload": {"payload": "!string<=1000"},
        "Greeting": {"locale": "!string", "text": "!string<=160"},
        "Menu": {
            "locale": "!string",
            "composer_input_disabled": "boolean",
            "call_to_actions": "[@MenuItem]1-20",
        },
        "MenuItem": {"?type": {"postback": "@MenuPostback", "web_url": "@MenuLink"}},
        "MenuPostback": {"type": "!string", "title": "!string<=30", "payload": "!string<=1000"},
        "MenuLink": {"type": "!string", "title": "!string<=30", "url": "!string"},
    }
)


def check(name: str, body: Any) -> None:
    """Raises the GraphError for the first thing that is wrong with a request body."""
    try:
        _SCHEMA.check(name, body)
    except Wrong as wrong:
        raise refusal(100, words=wrong.details) from None
