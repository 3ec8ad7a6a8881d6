"""The methods about the bot itself and about chats: who am I, commands, files, members."""

from __future__ import annotations

import re
from typing import Any

import orjson

from channels._kit.sandbox_world import Json
from channels.telegram.simulator import errors
from channels.telegram.simulator.account import BLOCKED, STARTED
from channels.telegram.simulator.errors import bad_request
from channels.telegram.simulator.files import DOWNLOAD_BYTES, describe
from channels.telegram.simulator.methods import Call, method

_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_LANGUAGE = re.compile(r"[a-z]{2}")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_KINDS = frozenset(
    re.split(
        r"\s+",
        "message edited_message channel_post edited_channel_post callback_query my_chat_member "
        "chat_member inline_query chosen_inline_result poll poll_answer chat_join_request "
        "message_reaction message_reaction_count shipping_query pre_checkout_query chat_boost "
        "removed_chat_boost business_connection business_message edited_business_message "
        "deleted_business_messages purchased_paid_media",
    )
)


@method("getMe")
def get_me(call: Call) -> Json:
    """The bot as a User, with what only the bot itself is told."""
    return call.account.user() | {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": False,
        "allows_users_to_create_topics": False,
    }


def _allow(call: Call) -> None:
    allowed = call.get("allowed_updates")
    if allowed is not None:  # left out: the earlier list stays in force
        call.account.updates.allowed = [k for k in allowed if k in _KINDS] or None


@method("getUpdates")
async def get_updates(call: Call) -> bytes:
    """Long polling."""
    _allow(call)
    limit = min(max(call.get("limit", 100), 1), 100)
    return await call.account.updates.get(
        call.get("offset", 0), limit, max(call.get("timeout", 0), 0)
    )


@method("setWebhook")
def set_webhook(call: Call) -> bool:
    """Pushing instead of polling; an empty URL ends it."""
    url, updates = call.get("url", ""), call.account.updates
    if url and not url.startswith(("http://", "https://")):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    secret = call.get("secret_token", "")
    if secret and not _SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    _allow(call)
    if call.get("drop_pending_updates"):
        updates.drop()
    updates.terminate_poll(errors.SET_WEBHOOK)
    updates.webhook.set(url, secret, min(max(call.get("max_connections", 40), 1), 100))
    return True


@method("deleteWebhook")
def delete_webhook(call: Call) -> bool:
    """Back to polling."""
    if call.get("drop_pending_updates"):
        call.account.updates.drop()
    call.account.updates.webhook.set("", "", 40)
    return True


@method("getWebhookInfo")
def get_webhook_info(call: Call) -> Json:
    """How pushing goes."""
    return call.account.updates.webhook.describe()


@method("logOut", "close", "sendChatAction")
def accept(call: Call) -> bool:
    """Methods with nothing to do beyond their checks."""
    if "chat_id" in call.params:
        call.platform.open_chat(call.account, call.params["chat_id"])
    return True


# Commands and texts


def _scope(call: Call) -> str:
    scope: Json = call.get("scope") or {"type": "default"}
    if "chat_id" in scope:
        scope = scope | {"chat_id": call.platform.chat(scope["chat_id"])["id"]}
    return orjson.dumps(scope, option=orjson.OPT_SORT_KEYS).decode()


def _language(call: Call) -> str:
    language: str = call.get("language_code", "")
    if language and not _LANGUAGE.fullmatch(language):
        raise bad_request("invalid language code specified")
    return language


@method("setMyCommands")
def set_my_commands(call: Call) -> bool:
    """The menu of one scope in one language."""
    commands: list[Json] = call.params["commands"]
    if len(commands) > 100:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not _COMMAND.fullmatch(command["command"].removeprefix("/")):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(command["description"]) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    call.account.commands[_scope(call), _language(call)] = [
        {**c, "command": c["command"].removeprefix("/")} for c in commands
    ]
    call.platform.world.live.publish(
        {"type": "commands", "channel": "telegram", "bot": call.account.id}
    )
    return True


@method("getMyCommands")
def get_my_commands(call: Call) -> list[Json]:
    """The menu of exactly that scope and language."""
    return call.account.commands.get((_scope(call), _language(call)), [])


@method("deleteMyCommands")
def delete_my_commands(call: Call) -> bool:
    """Back to the next wider scope."""
    call.account.commands.pop((_scope(call), _language(call)), None)
    return True


_TEXTS = {
    "Name": ("name", 64),
    "Description": ("description", 512),
    "ShortDescription": ("short_description", 120),
}


@method("setMyName", "setMyDescription", "setMyShortDescription")
def set_text(call: Call) -> bool:
    """Name and descriptions, by language."""
    field, limit = _TEXTS[call.method.removeprefix("setMy")]
    text = call.get(field, "")
    if len(text) > limit:
        raise bad_request(f"BOT_{field.upper()}_TOO_LONG")
    call.account.texts[field, _language(call)] = text
    return True


@method("getMyName", "getMyDescription", "getMyShortDescription")
def get_text(call: Call) -> Json:
    """What was set for the language, else for all."""
    field, _ = _TEXTS[call.method.removeprefix("getMy")]
    texts = call.account.texts
    fallback = call.account.first_name if field == "name" else ""
    value = texts.get((field, _language(call))) or texts.get((field, "")) or fallback
    return {field: value}


@method("setChatMenuButton")
def set_chat_menu_button(call: Call) -> bool:
    """The button beside the text field."""
    default: Json = {"type": "default"}
    call.account.menu_buttons[call.get("chat_id", 0)] = call.get("menu_button") or default
    return True


@method("getChatMenuButton")
def get_chat_menu_button(call: Call) -> Json:
    """The chat's own button, else the common one."""
    buttons = call.account.menu_buttons
    return buttons.get(call.get("chat_id", 0)) or buttons.get(0) or {"type": "commands"}


# Files and chats


@method("getFile")
def get_file(call: Call) -> Json:
    """Where to download a file."""
    stored = call.platform.files.known(call.account.id, call.params["file_id"])
    if stored is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if len(stored.data) > DOWNLOAD_BYTES:
        raise bad_request("file is too big")
    return describe(stored)


@method("getChat")
def get_chat(call: Call) -> Json:
    """ChatFullInfo."""
    chat = call.platform.chat(call.params["chat_id"])
    _must_know(call, chat["id"])
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription")
    accepted: Json = dict.fromkeys((*gifts, "gifts_from_channels"), True)
    shown: Json = {k: v for k, v in chat.items() if not k.startswith("_")}
    return shown | {
        "accent_color_id": chat["id"] % 7,
        "max_reaction_count": 11,
        "accepted_gift_types": accepted,
    }


def _must_know(call: Call, chat_id: int) -> None:
    index = call.platform.world.people.index(chat_id)
    if index is not None and not call.account.standing_of(index) & STARTED:
        raise bad_request("chat not found")


@method("getChatMember")
def get_chat_member(call: Call) -> Any:
    """How somebody stands in a chat."""
    chat = call.platform.chat(call.params["chat_id"])
    user_id = call.params["user_id"]
    if user_id == call.account.id:
        index = call.platform.world.people.index(chat["id"])
        blocked = index is not None and call.account.standing_of(index) & BLOCKED
        if blocked:
            return {"status": "kicked", "user": call.account.user(), "until_date": 0}
        return {"status": "member", "user": call.account.user()}
    person = call.platform.world.people.get(user_id)
    members = chat.get("_members")
    if person is None or (members is None and user_id != chat["id"]):
        raise bad_request("user not found")
    status = "member" if members is None or user_id in members else "left"
    return {"status": status, "user": call.platform.user(person)}
