"""News of the account, as sentences for its owners; what is grave stops bulk sending (pure)."""

from __future__ import annotations

from broadcast.channel import AccountEvent
from broadcast.language import N_
from broadcast.lenient_json import a_dict, a_text
from channels._kit.graph.api import Json
from channels._kit.graph.templates import news_of

# What is understood below, and by the adapter; of anything else nothing follows.
FIELDS = frozenset({
    "message_template_status_update", "message_template_components_update",
    "template_category_update", "message_template_quality_update", "phone_number_quality_update",
    "account_update", "account_alerts", "business_capability_update",
})  # fmt: skip
_QUALITY_STOPS = frozenset({"FLAGGED", "RESTRICTED", "DOWNGRADE"})
_ACCOUNT_STOPS = frozenset(
    {"ACCOUNT_RESTRICTION", "ACCOUNT_VIOLATION", "DISABLED_UPDATE", "ACCOUNT_DELETED"}
)
# The portfolio's messaging limit: people outside the window in 24 hours, 0 without a limit.
LIMITS = {
    "TIER_50": 50, "TIER_250": 250, "TIER_1K": 1000, "TIER_2K": 2000, "TIER_10K": 10_000,
    "TIER_100K": 100_000, "TIER_UNLIMITED": 0,
}  # fmt: skip


def event_of(field: str, value: Json) -> AccountEvent | None:
    """None for what nobody needs to be told."""
    said = a_text(value.get("event")).upper()
    match field:
        case "message_template_status_update":
            return news_of(*_named(value), said, str(value.get("reason") or ""))
        case "message_template_components_update":
            name, language = _named(value)
            return AccountEvent(
                N_(
                    "The text of the WhatsApp template “{name}” was changed there. What was approved "
                    "with the old one does not go out."
                ),
                {"name": name},
                pause=True,
                only=(name, language),
            )
        case "template_category_update":
            return AccountEvent(
                N_("WhatsApp moved the template “{name}” to the category {category}."),
                {
                    "name": value.get("message_template_name", "?"),
                    "category": (a_text(value.get("new_category")) or "?").lower(),
                },
                only=_named(value),
            )
        case "message_template_quality_update":
            return AccountEvent(
                N_("The quality of the template “{name}” is now {quality}."),
                {
                    "name": value.get("message_template_name", "?"),
                    "quality": (a_text(value.get("new_quality_score")) or "?").lower(),
                },
            )
        case "phone_number_quality_update":
            return AccountEvent(
                N_("WhatsApp on the number's quality: {event}, limit {limit}."),
                {
                    "event": said.lower(),
                    "limit": (a_text(value.get("current_limit")) or "?").lower(),
                },
                pause=said in _QUALITY_STOPS,
            )
        case "account_update":
            return AccountEvent(
                N_("WhatsApp on your account: {event}. Look into WhatsApp Manager."),
                {"event": _ban(value) or said.lower().replace("_", " ")},
                pause=said in _ACCOUNT_STOPS and not _reinstated(value),
            )
        case "account_alerts":
            return AccountEvent(
                N_("WhatsApp warns: {event}. Look into WhatsApp Manager."),
                {"event": str(value.get("alert_type") or said).lower().replace("_", " ")},
            )
    return None


def _ban(value: Json) -> str:
    """What a change of a ban says, in small words; empty where it is none."""
    return a_text(a_dict(value.get("ban_info")).get("waba_ban_state")).lower().replace("_", " ")


def _reinstated(value: Json) -> bool:
    """A ban that ended is told under the same event as one that begins."""
    return _ban(value).startswith("reinstate")


def _named(value: Json) -> tuple[str, str]:
    """The template it is about: name and language."""
    name, language = value.get("message_template_name"), value.get("message_template_language")
    return str(name or "?"), str(language or "")


def digits(number: object) -> str:
    """A phone number without its decoration."""
    return "".join(filter(str.isdecimal, str(number or "")))


def limit_of(value: Json) -> int | None:
    """How many people a business_capability_update or a phone node allows; None: it says nothing."""
    tier = str(
        value.get("whatsapp_business_manager_messaging_limit")
        or value.get("max_daily_conversations_per_business")
        or value.get("max_daily_conversation_per_phone")
        or value.get("messaging_limit_tier")
        or ""
    ).upper()
    if tier.isdecimal():
        return int(tier)
    return LIMITS.get(tier)
