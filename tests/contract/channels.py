"""What the contract suite has to know of each channel: one entry each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from broadcast.outcome import Deferred, Outcome, Reason, Refused, Scope
from sandbox.server import Sandbox

FAST = {
    "sent_seconds": 0.02,
    "delivered_seconds": 0.02,
    "read_seconds": 0.02,
    "read_share": 1.0,
    "offline_share": 0.0,
}
Act = Callable[[Sandbox, int], Awaitable[None]]


@dataclass(frozen=True)
class Entry:
    """`section`: the settings against a sandbox. `connect`: its callbacks come to the house and
    `lift` is done: no limits, fast phones. `join`, `leave`: what a person does there. `errors`:
    the platform's refusals (fields of a `code` or `error` fault) and what each has to mean.
    """

    name: str
    section: Callable[[str], str]
    connect: Callable[[Sandbox, str], Awaitable[None]]
    lift: Callable[[Sandbox], Awaitable[None]]
    join: Act
    leave: Act
    method: str  # of a fault that strikes the sending of a text
    errors: tuple[tuple[dict[str, Any], Outcome], ...] = ()


def recipient(reason: Reason, *, suppress: bool = False) -> Refused:
    return Refused(reason, suppress)


def account(reason: Reason) -> Refused:
    return Refused(reason, scope=Scope.ACCOUNT)


def later(reason: Reason, scope: Scope = Scope.RECIPIENT) -> Deferred:
    return Deferred(reason, scope=scope)


def same(said: Outcome, wanted: Outcome) -> bool:
    """Whether an outcome means what it should; words and exact waits aside."""
    if type(said) is not type(wanted):
        return False
    if isinstance(said, Refused) and isinstance(wanted, Refused):
        return (said.reason, said.scope, said.suppress) == (
            wanted.reason, wanted.scope, wanted.suppress,
        )  # fmt: skip
    if isinstance(said, Deferred) and isinstance(wanted, Deferred):
        return (said.reason, said.scope) == (wanted.reason, wanted.scope)
    return True


async def _telegram_lift(sandbox: Sandbox) -> None:
    await sandbox.do("limits", per_second=0, per_chat_per_second=0)


async def _telegram(sandbox: Sandbox, base: str) -> None:
    await _telegram_lift(sandbox)  # it polls


def _says(channel: str, words: str) -> Act:
    async def act(sandbox: Sandbox, person: int) -> None:
        await sandbox.do("say", channel=channel, person=person, text=words)

    return act


async def _whatsapp_lift(sandbox: Sandbox) -> None:
    await sandbox.do("pace", channel="whatsapp", **FAST)
    lifted = {"per_second": 0, "pair_seconds": 0, "holdout_share": 0}
    await sandbox.do("limits", channel="whatsapp", **lifted)


async def _messenger_lift(sandbox: Sandbox) -> None:
    await sandbox.do("pace", channel="messenger", **FAST)
    lifted = {"per_second": 0, "media_per_second": 0, "thread_seconds": 0}
    await sandbox.do("limits", channel="messenger", **lifted)


async def _whatsapp(sandbox: Sandbox, base: str) -> None:
    await _whatsapp_lift(sandbox)
    url = f"{base}/webhooks/whatsapp"
    await sandbox.do(
        "webhook", channel="whatsapp", url=url, verify_token="let-me-in", retry_seconds=0.05
    )


async def _messenger(sandbox: Sandbox, base: str) -> None:
    await _messenger_lift(sandbox)
    url = f"{base}/webhooks/messenger"
    await sandbox.do(
        "webhook", channel="messenger", url=url, verify_token="let-me-in", retry_seconds=0.05
    )


_AUTH, _CONTENT = account(Reason.AUTHORIZATION), account(Reason.CONTENT)
_RESTRICTED = account(Reason.RESTRICTED)
_LATER = later(Reason.UNAVAILABLE)
_SLOWER = later(Reason.THROTTLED, Scope.ACCOUNT)
# Facts, section 1, Errors: code by code.
WHATSAPP: dict[int, Outcome] = {
    **dict.fromkeys((0, 190, 104, 3, 10, 200, 299), _AUTH),
    **dict.fromkeys((131048, 131042, 131031, 368, 131064, 131037, 131045, 133010), _RESTRICTED),
    **dict.fromkeys((1, 2, 131000, 131016, 133004, 131057), _LATER),
    **dict.fromkeys((4, 80007, 130429), _SLOWER),
    131056: later(Reason.THROTTLED),
    131049: recipient(Reason.CAPPED),
    131050: recipient(Reason.PLATFORM_STOP, suppress=True),
    131026: recipient(Reason.UNREACHABLE, suppress=True),
    131047: recipient(Reason.OUTSIDE_WINDOW),
    **dict.fromkeys((131051, 131052, 131053), _CONTENT),
    **dict.fromkeys((100, 131008, 131009, 132000, 132005, 132008, 132012, 132018), _CONTENT),
    **dict.fromkeys((132001, 132007, 132015, 132016, 131061, 131063), _CONTENT),
    131021: recipient(Reason.NOT_PERMITTED, suppress=True),
    131030: recipient(Reason.NOT_PERMITTED),
    130472: recipient(Reason.REJECTED),
    130403: recipient(Reason.BLOCKED, suppress=True),
    130497: recipient(Reason.NOT_PERMITTED),
    131062: recipient(Reason.UNREACHABLE),
    999_999: recipient(Reason.REJECTED),
}
# Facts, section 2, Errors: code and subcode.
MESSENGER: dict[tuple[int, int], Outcome] = {
    **dict.fromkeys(
        ((10, 2018278), (10, 2534022), (10, 2018065)), recipient(Reason.OUTSIDE_WINDOW)
    ),
    **dict.fromkeys(
        ((551, 1545041), (200, 1545041), (10, 2018108)), recipient(Reason.BLOCKED, suppress=True)
    ),
    (100, 2018001): recipient(Reason.UNREACHABLE, suppress=True),
    **dict.fromkeys(((100, 0), (100, 2018047)), _CONTENT),
    **dict.fromkeys(
        (
            (190, 0),
            (190, 460),
            (190, 463),
            (190, 458),
            (104, 0),
            (3, 0),
            (200, 0),
            (299, 0),
            (10, 0),
        ),
        _AUTH,
    ),
    (551, 0): recipient(Reason.BLOCKED, suppress=True),
    **dict.fromkeys(((100, 2018008), (100, 2018074)), _CONTENT),
    **dict.fromkeys(((4, 0), (17, 0), (32, 0), (613, 0), (80006, 0)), _SLOWER),
    **dict.fromkeys(((1, 0), (2, 0), (1200, 0)), _LATER),
    **dict.fromkeys(((10, 1893063), (368, 0)), _RESTRICTED),
    **dict.fromkeys(((2300000, 0), (2300052, 0)), recipient(Reason.NOT_PERMITTED)),
    (999_999, 0): recipient(Reason.REJECTED),
}


def coded(code: int, subcode: int = 0) -> dict[str, Any]:
    return {"kind": "code", "code": code, "subcode": subcode}


ENTRIES = {
    entry.name: entry
    for entry in (
        Entry(
            "telegram",
            lambda url: f'[telegram]\ntoken = "1:main"\napi_url = "{url}"\nrate_per_second = 0\n',
            _telegram, _telegram_lift, _says("telegram", "JOIN"), _says("telegram", "STOP"), "sendMessage",
            errors=(
                ({"kind": "error", "status": 403,
                  "description": "Forbidden: bot was blocked by the user"},
                 recipient(Reason.BLOCKED, suppress=True)),
                ({"kind": "error", "status": 400, "description": "Bad Request: chat not found"},
                 recipient(Reason.UNREACHABLE, suppress=True)),
                ({"kind": "error", "status": 401, "description": "Unauthorized"},
                 account(Reason.AUTHORIZATION)),
                ({"kind": "flood", "retry_after": 3}, later(Reason.THROTTLED, Scope.ACCOUNT)),
            ),
        ),
        Entry(
            "whatsapp",
            lambda url: (
                '[whatsapp]\nphone_number_id = "100000000000001"\n'
                'business_account_id = "200000000000002"\naccess_token = "EAAsandboxWhatsApp"\n'
                'app_secret = "sandbox-whatsapp-secret"\nverify_token = "let-me-in"\n'
                f'api_url = "{url}/graph/whatsapp"\nrate_per_second = 0\n'
            ),
            _whatsapp, _whatsapp_lift, _says("whatsapp", "JOIN"), _says("whatsapp", "STOP"), "messages",
            tuple((coded(code), wanted) for code, wanted in WHATSAPP.items()),
        ),
        Entry(
            "messenger",
            lambda url: (
                '[messenger]\npage_id = "600000000000006"\naccess_token = "EAAsandboxMessenger"\n'
                'app_secret = "sandbox-messenger-secret"\nverify_token = "let-me-in"\n'
                f'api_url = "{url}/graph/messenger"\nrate_per_second = 0\n'
            ),
            _messenger, _messenger_lift, _says("messenger", "JOIN"), _says("messenger", "STOP"), "messages",
            tuple((coded(*pair), wanted) for pair, wanted in MESSENGER.items()),
        ),
    )
}  # fmt: skip
