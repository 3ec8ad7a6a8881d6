"""The settings of one Facebook page."""

from __future__ import annotations

from pydantic import Field

from channels._kit.graph.config import GraphConfig


class Config(GraphConfig):
    """`rate_per_second`: Meta allows a page 300 calls a second; 250 leaves room; 0: no limit."""

    page_id: str = ""
    rate_per_second: float = Field(default=250.0, ge=0, allow_inf_nan=False)

    @property
    def messages_path(self) -> str:
        return f"{self.page_id}/messages"

    @property
    def sender(self) -> str:
        return self.page_id

    @property
    def configured(self) -> bool:
        return bool(self.access_token.get_secret_value() and self.page_id)
