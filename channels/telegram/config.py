"""The settings of one Telegram account."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

_TOKEN = re.compile(r"\d+:[\w-]+")


class Config(BaseModel):
    """`rate_per_second` 0 means no limit; Telegram's own is 30 (core.telegram.org/bots/faq)."""

    model_config = ConfigDict(extra="forbid")

    token: SecretStr
    admin_token: SecretStr = SecretStr("")
    api_url: str = "https://api.telegram.org"
    webhook: bool = False
    webhook_secret: SecretStr = SecretStr("")
    rate_per_second: float = Field(default=30.0, ge=0)
    paid_broadcast: bool = False

    @field_validator("token", "admin_token")
    @classmethod
    def _shaped_like_a_token(cls, value: SecretStr) -> SecretStr:
        text = value.get_secret_value()
        if text and not _TOKEN.fullmatch(text):
            raise ValueError("a bot token looks like 123456:ABC-def; copy it from @BotFather")
        return value

    @field_validator("api_url")
    @classmethod
    def _no_slash_at_the_end(cls, value: str) -> str:
        return value.rstrip("/")
