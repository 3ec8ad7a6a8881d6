"""The Cloud API's errors by number: title, usual details, HTTP status, and where they show."""

from __future__ import annotations

from typing import Any

from channels._kit.graph.simulator.errors import GraphError

Json = dict[str, Any]
HREF = (
    "https://developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes/"
)

# code: (title, details, HTTP status). Codes and meanings: the fact sheet; statuses as Meta's table
# of error codes has them where it was seen, else 400.
ERRORS: dict[int, tuple[str, str, int]] = {
    0: ("AuthException", "We were unable to authenticate the app user.", 401),
    1: ("API Unknown", "Invalid request or possible server error.", 400),
    2: ("API Service", "Temporary due to downtime or due to being overloaded.", 503),
    3: ("API Method", "Capability or permissions issue.", 500),
    4: ("API Too Many Calls", "The app has reached its API call rate limit.", 429),
    10: ("Permission Denied", "Permission is either not granted or has been removed.", 403),
    100: ("Invalid parameter", "One or more parameters are unsupported or misspelled.", 400),
    190: ("Access token has expired", "Your access token has expired.", 401),
    200: ("API Permission", "Permission is either not granted or has been removed.", 403),
    368: (
        "Temporarily blocked for policies violations",
        "The WhatsApp Business Account has been restricted or disabled for violating a policy.",
        403,
    ),
    80007: ("Rate limit issues", "The WhatsApp Business Account has reached its rate limit.", 429),
    130403: ("Access blocked", "The business has blocked this user.", 403),
    130429: ("Rate limit hit", "Cloud API message throughput has been reached.", 429),
    130472: (
        "User's number is part of an experiment",
        "Message was not sent because the user's number is part of an experiment.",
        400,
    ),
    130497: (
        "Business account is restricted from messaging users in this country",
        "The account is restricted from messaging users in certain countries.",
        403,
    ),
    131000: ("Something went wrong", "Message failed to send due to an unknown error.", 500),
    131008: ("Required parameter is missing", "The request is missing a parameter.", 400),
    131009: ("Parameter value is not valid", "One or more parameter values are invalid.", 400),
    131016: ("Service unavailable", "A service is temporarily unavailable.", 500),
    131021: (
        "Recipient cannot be sender",
        "Sender and recipient phone number is the same.",
        400,
    ),
    131026: ("Message undeliverable", "Unable to deliver message.", 400),
    131030: (
        "Recipient phone number not in allowed list",
        "The recipient is not in the test number's allowed list.",
        400,
    ),
    131031: ("Account has been locked", "The account was locked for violating a policy.", 403),
    131037: (
        "Display name approval needed",
        "The display name of the phone number must be approved before messages can be sent.",
        400,
    ),
    131042: (
        "Business eligibility payment issue",
        "Message failed because of one or more errors related to your payment method.",
        400,
    ),
    131045: ("Incorrect certificate", "A phone number registration error.", 500),
    131047: (
        "Re-engagement message",
        "Message failed to send because more than 24 hours have passed since the customer last "
        "replied to this number.",
        400,
    ),
    131048: (
        "Spam rate limit hit",
        "Message failed to send because there are restrictions on how many messages can be sent "
        "from this phone number.",
        400,
    ),
    131049: (
        "This message was not delivered to maintain healthy ecosystem engagement.",
        "In order to maintain a healthy ecosystem engagement, the message failed to be delivered.",
        400,
    ),
    131050: (
        "Unable to deliver the message. This recipient has chosen to stop receiving marketing "
        "messages on WhatsApp from your business",
        "The recipient has chosen to stop receiving marketing messages.",
        400,
    ),
    131051: ("Unsupported message type", "This message type is not supported.", 400),
    131052: ("Media download error", "Unable to download the media sent by the user.", 400),
    131053: ("Media upload error", "Unable to upload the media used in the message.", 400),
    131056: (
        "(Business Account, Consumer Account) pair rate limit hit",
        "Too many messages sent from the sender phone number to the same recipient phone number "
        "in a short period of time.",
        429,
    ),
    131057: ("Account in maintenance mode", "The account's throughput is being upgraded.", 500),
    131061: (
        "Max-price template on the wrong endpoint",
        "Templates with a maximum price must be sent with the Marketing Messages API.",
        400,
    ),
    131062: (
        "Business-scoped user id not supported",
        "This message cannot be sent to a business-scoped user id.",
        400,
    ),
    131063: (
        "Marketing messages are disabled on Cloud API",
        "Send this template with the Marketing Messages API.",
        400,
    ),
    131064: (
        "Messaging limited for category abuse",
        "Messaging is limited because templates were put in the wrong category.",
        403,
    ),
    132000: (
        "Number of parameters does not match the expected number of params",
        "The number of parameters does not match the template.",
        400,
    ),
    132001: (
        "Template name does not exist in the translation",
        "The template does not exist in this language or has not been approved.",
        404,
    ),
    132005: ("Translated text too long", "The text with its parameters is too long.", 400),
    132007: ("Template content policy violated", "The template violates a policy.", 400),
    132008: ("Parameter format mismatch", "A parameter does not have the expected format.", 400),
    132012: (
        "Parameter format does not match format in the created template",
        "A parameter does not have the format the template expects.",
        400,
    ),
    132015: ("Template is Paused", "The template is paused due to low quality.", 400),
    132016: ("Template is Disabled", "The template has been paused too many times.", 400),
    132018: ("Template parameter issue", "A text parameter contains what it must not.", 400),
    132068: ("Flow is blocked", "The flow is in blocked state.", 400),
    132069: ("Flow is throttled", "The flow is throttled.", 400),
    133004: ("Server Temporarily Unavailable", "Server is temporarily unavailable.", 503),
    133010: ("Account not registered", "The phone number is not registered.", 400),
}


def _entry(code: int) -> tuple[str, str, int]:
    if code in ERRORS:
        return ERRORS[code]
    if 200 <= code <= 299:
        return ERRORS[200]
    return (f"Error {code}", "An error this sandbox has no words for.", 400)


def refusal(code: int, details: str = "", subcode: int = 0) -> GraphError:
    """The error as an answer."""
    title, usual, status = _entry(code)
    return GraphError(code, f"(#{code}) {title}", details or usual, subcode, status)


def in_webhook(code: int, details: str = "") -> Json:
    """The error as one entry of `errors` in a status."""
    title, usual, _ = _entry(code)
    return {
        "code": code,
        "title": title,
        "message": title,
        "error_data": {"details": details or usual},
        "href": HREF,
    }
