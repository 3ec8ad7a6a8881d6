"""What the settings of Meta's two channels have in common."""

from __future__ import annotations

import re

from pydantic import BaseModel, ConfigDict, SecretStr, field_validator

from broadcast.language import terminal

_VERSION = re.compile(r"v\d+\.\d+", re.ASCII)


class GraphConfig(BaseModel):
    """One account on Graph. Without `app_secret` no callback is believed."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    access_token: SecretStr = SecretStr("")
    app_secret: SecretStr = SecretStr("")
    verify_token: SecretStr = SecretStr("")
    api_url: str = "https://graph.facebook.com"
    api_version: str = "v25.0"

    @property
    def messages_path(self) -> str:
        """Where messages are posted."""
        raise NotImplementedError

    @field_validator("api_version")
    @classmethod
    def _a_version(cls, value: str) -> str:
        if not _VERSION.fullmatch(value):
            raise ValueError(terminal().plain("a Graph version looks like v25.0"))
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
