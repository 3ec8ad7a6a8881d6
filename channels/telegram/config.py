"""The settings of one Telegram account."""

from __future__ import annotations

import hashlib
import re

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from broadcast.language import terminal

_TOKEN = re.compile(r"\d+:[\w-]+", re.ASCII)
_SECRET = re.compile(r"[\w-]{1,256}", re.ASCII)


class Config(BaseModel):
    """`rate_per_second` 0 means no limit; Telegram's own is 30 (core.telegram.org/bots/faq)."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    token: SecretStr = SecretStr("")
    admin_token: SecretStr = SecretStr("")  # the console's own bot; the adapter does not use it
    api_url: str = "https://api.telegram.org"
    webhook: bool = False
    webhook_secret: SecretStr = SecretStr("")
    rate_per_second: float = Field(default=30.0, ge=0, allow_inf_nan=False)
    paid_broadcast: bool = False

    @field_validator("token", "admin_token")
    @classmethod
    def _shaped_like_a_token(cls, value: SecretStr) -> SecretStr:
        text = value.get_secret_value()
        if text and not _TOKEN.fullmatch(text):
            raise ValueError(
                terminal().plain("a bot token looks like 123456:ABC-def; copy it from @BotFather")
            )
        return value

    @field_validator("webhook_secret")
    @classmethod
    def _shaped_like_a_secret(cls, value: SecretStr) -> SecretStr:
        text = value.get_secret_value()
        if text and not _SECRET.fullmatch(text):
            raise ValueError(
                terminal().plain("a webhook secret has 1 to 256 of the characters A-Z a-z 0-9 _ -")
            )
        return value

    @field_validator("api_url")
    @classmethod
    def _a_base_address(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError(
                terminal().plain(
                    "the API's address begins with https:// (or http:// on this machine)"
                )
            )
        return value.rstrip("/")

    @property
    def configured(self) -> bool:
        return bool(self.token.get_secret_value())

    @property
    def sender(self) -> str:
        """The bot's id, which a token begins with and keeps when it is made anew."""
        return self.token.get_secret_value().partition(":")[0]

    def secret(self) -> str:
        """What Telegram repeats to us with each callback; made from the token where none is set."""
        given = self.webhook_secret.get_secret_value()
        token = self.token.get_secret_value()
        return given or hashlib.sha256(f"webhook:{token}".encode()).hexdigest()
