"""What the contract suite has to know of each channel: one entry each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from broadcast.ports import Accepted, Deferred, Outcome, Reason, Refused, Scope
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
    """`section`: the settings against a sandbox. `connect`: its callbacks come to the house, its
    limits are lifted and its phones fast. `join`, `leave`: what a person does there. `errors`:
    the platform's refusals (fields of a `code` or `error` fault) and what each has to mean.
    """

    name: str
    section: Callable[[str], str]
    connect: Callable[[Sandbox, str], Awaitable[None]]
    join: Act
    leave: Act
    method: str  # of a fault that strikes the sending of a text
    upload: str  # … and the uploading of a file
    errors: tuple[tuple[dict[str, Any], Outcome], ...] = ()
    receipts: bool = False  # the platform tells what was delivered and read
    kinds: frozenset[str] = field(default_factory=frozenset)


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
    return isinstance(said, Accepted) or True


async def _telegram(sandbox: Sandbox, base: str) -> None:
    await sandbox.do("limits", per_second=0, per_chat_per_second=0)


async def _telegram_join(sandbox: Sandbox, person: int) -> None:
    await sandbox.do("say", person=person, text="JOIN")


async def _telegram_leave(sandbox: Sandbox, person: int) -> None:
    await sandbox.do("say", person=person, text="STOP")


async def _whatsapp(sandbox: Sandbox, base: str) -> None:
    url = f"{base}/webhooks/whatsapp"
    do = sandbox.do
    await do("pace", channel="whatsapp", **FAST)
    await do("limits", channel="whatsapp", per_second=0, pair_seconds=0, holdout_share=0)
    await do("webhook", channel="whatsapp", url=url, verify_token="v", retry_seconds=0.05)


async def _whatsapp_join(sandbox: Sandbox, person: int) -> None:
    await sandbox.do("say", channel="whatsapp", person=person, text="JOIN")


async def _whatsapp_leave(sandbox: Sandbox, person: int) -> None:
    await sandbox.do("say", channel="whatsapp", person=person, text="STOP")


async def _messenger(sandbox: Sandbox, base: str) -> None:
    url = f"{base}/webhooks/messenger"
    do = sandbox.do
    await do("pace", channel="messenger", **FAST)
    await do("limits", channel="messenger", per_second=0, thread_seconds=0)
    await do("webhook", channel="messenger", url=url, verify_token="v", retry_seconds=0.05)


async def _messenger_join(sandbox: Sandbox, person: int) -> None:
    await sandbox.do("say", channel="messenger", person=person, text="JOIN")


async def _messenger_leave(sandbox: Sandbox, person: int) -> None:
    await sandbox.do("say", channel="messenger", person=person, text="STOP")


ENTRIES = {
    entry.name: entry
    for entry in (
        Entry(
            "telegram",
            lambda url: f'[telegram]\ntoken = "1:main"\napi_url = "{url}"\nrate_per_second = 0\n',
            _telegram, _telegram_join, _telegram_leave, "sendMessage", "sendPhoto",
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
                'app_secret = "sandbox-whatsapp-secret"\nverify_token = "v"\n'
                f'api_url = "{url}/graph/whatsapp"\nrate_per_second = 0\n'
            ),
            _whatsapp, _whatsapp_join, _whatsapp_leave, "messages", "media",
            receipts=True,
        ),
        Entry(
            "messenger",
            lambda url: (
                '[messenger]\npage_id = "600000000000006"\naccess_token = "EAAsandboxMessenger"\n'
                'app_secret = "sandbox-messenger-secret"\nverify_token = "v"\n'
                f'api_url = "{url}/graph/messenger"\nrate_per_second = 0\n'
            ),
            _messenger, _messenger_join, _messenger_leave, "messages", "message_attachments",
            receipts=True,
        ),
    )
}  # fmt: skip
