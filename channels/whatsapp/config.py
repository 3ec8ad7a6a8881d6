"""The settings of one WhatsApp number."""

from __future__ import annotations

from pydantic import Field

from channels._kit.graph.config import GraphConfig


class Config(GraphConfig):
    """`rate_per_second` is the number's throughput: 80, or 1000 when Meta upgraded it; 0: no limit.

    `people_per_day`: the portfolio's messaging limit, 0 asks Meta. `prices`: what one template
    message costs by category (marketing, utility), in `currency`; Meta changes them, so they are
    yours to set, and empty means: say nothing about money.
    """

    phone_number_id: str = ""
    business_account_id: str = ""
    rate_per_second: float = Field(default=80.0, ge=0, allow_inf_nan=False)
    people_per_day: int = Field(default=0, ge=0)
    prices: dict[str, float] = Field(default_factory=dict)
    currency: str = "USD"

    @property
    def messages_path(self) -> str:
        return f"{self.phone_number_id}/messages"

    @property
    def sender(self) -> str:
        return self.phone_number_id

    @property
    def configured(self) -> bool:
        return bool(self.access_token.get_secret_value() and self.phone_number_id)
