"""The groups of settings that are nobody's channel, and what their values may be."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AnyHttpUrl,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from broadcast.language import terminal

LEAST_TOKEN = 16  # characters of a secret somebody made up
_ANY_URL = TypeAdapter(AnyHttpUrl)


def _url(value: str) -> str:
    if value:
        try:
            _ANY_URL.validate_python(value)
        except ValidationError as wrong:
            say = terminal().plain
            raise ValueError(say("must be an address such as https://example.org")) from wrong
    return value.rstrip("/")


Url = Annotated[str, AfterValidator(_url)]


def _secret_url(value: SecretStr) -> SecretStr:
    address = value.get_secret_value().strip()
    if address and not address.lower().startswith(("https://", "http://")):
        raise ValueError(terminal().plain("must be an address such as https://example.org"))
    _url(address)
    return SecretStr(address)


def _long_enough(value: SecretStr) -> SecretStr:
    if 0 < len(value.get_secret_value()) < LEAST_TOKEN:
        say = terminal().plain
        raise ValueError(say("must have at least {least} characters", least=LEAST_TOKEN))
    return value


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class HttpSettings(_Section):
    """Where our own web server listens, how the world reaches it, how much of it one may take.

    What only those who watch over us may see is on `metrics_port` (0: no listener of its own), and
    on `port` for who brings the `metrics_token`.
    """

    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    public_url: Url = ""
    connections: int = Field(default=256, ge=8, le=10_000)
    connections_per_peer: int = Field(default=32, ge=0)
    metrics_host: str = "127.0.0.1"
    metrics_port: int = Field(default=0, ge=0, le=65535)
    metrics_token: Annotated[SecretStr, AfterValidator(_long_enough)] = SecretStr("")


class SafetySettings(_Section):
    """When a broadcast stops itself: percent of the last `window` results; `opening`: so many in a
    row before anybody got it. 0 does not watch."""

    window: int = Field(default=200, ge=10, le=100_000)
    failed: float = Field(default=20.0, ge=0, le=100)
    blocked: float = Field(default=40.0, ge=0, le=100)
    unavailable: float = Field(default=50.0, ge=0, le=100)
    uncertain: float = Field(default=20.0, ge=0, le=100)
    opt_out: float = Field(default=5.0, ge=0, le=100)
    opening: int = Field(default=8, ge=0, le=1000)


class HeartbeatSettings(_Section):
    """An address that is asked every `seconds` while all is well here: who watches it hears when
    that stops. It is a secret: who knows it can keep it quiet."""

    url: Annotated[SecretStr, AfterValidator(_secret_url)] = SecretStr("")
    seconds: float = Field(default=60.0, ge=5, le=86_400)
    method: Literal["GET", "POST"] = "GET"


def _token_kind(prefix: str) -> Any:
    def check(value: SecretStr) -> SecretStr:
        text = value.get_secret_value()
        if text and not text.startswith(prefix):
            raise ValueError(terminal().plain("must begin with {prefix}", prefix=prefix))
        return value

    return AfterValidator(check)


class SlackSettings(_Section):
    """The team's console in Slack: Socket Mode with an app token, else signed HTTP."""

    bot_token: Annotated[SecretStr, _token_kind("xoxb-")] = SecretStr("")
    app_token: Annotated[SecretStr, _token_kind("xapp-")] = SecretStr("")
    signing_secret: SecretStr = SecretStr("")
    channel: str = Field(default="", pattern=r"^([CG][A-Z0-9]+)?$")
    api_url: Url = "https://slack.com/api"
    command: str = Field(default="/broadcast", pattern=r"^/[a-z0-9_-]{1,31}$")

    @property
    def configured(self) -> bool:
        return bool(self.bot_token.get_secret_value())

    @model_validator(mode="after")
    def _heard_somehow(self) -> SlackSettings:
        if self.configured and not (
            self.app_token.get_secret_value() or self.signing_secret.get_secret_value()
        ):
            say = terminal().plain
            raise ValueError(
                say("needs an APP_TOKEN (Socket Mode) or a SIGNING_SECRET (HTTP) as well")
            )
        return self
