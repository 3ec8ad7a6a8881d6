"""What an operator sets: environment `TELLAL_…`, `.env`, `tellal.toml`; checked before anything runs."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, get_origin

from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    AnyHttpUrl,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    TypeAdapter,
    ValidationError,
    create_model,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

import channels

PREFIX = "TELLAL_"
ENV_FILE, TOML_FILE = ".env", "tellal.toml"
LATER = ("whatsapp", "messenger")
DEFAULT = "default"
LEAST_TOKEN = 16  # characters of a secret somebody made up
LEAST_SECRET = 8  # characters: a shorter one is guessed, and is part of ordinary words
# Written by people; what a platform issues is long, and refused by it when it is wrong.
_CHOSEN = frozenset({"verify_token", "webhook_secret", "app_secret", "signing_secret"})
_ANY_URL = TypeAdapter(AnyHttpUrl)


class SettingsError(Exception):
    """One line that names the setting and says what is wrong with it."""


def _url(value: str) -> str:
    if value:
        try:
            _ANY_URL.validate_python(value)
        except ValidationError as wrong:
            raise ValueError("must be an address such as https://example.org") from wrong
    return value.rstrip("/")


Url = Annotated[str, AfterValidator(_url)]


def _long_enough(value: SecretStr) -> SecretStr:
    if 0 < len(value.get_secret_value()) < LEAST_TOKEN:
        raise ValueError(f"must have at least {LEAST_TOKEN} characters")
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


def _token_kind(prefix: str) -> Any:
    def check(value: SecretStr) -> SecretStr:
        text = value.get_secret_value()
        if text and not text.startswith(prefix):
            raise ValueError(f"must begin with {prefix}")
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
            raise ValueError("needs an APP_TOKEN (Socket Mode) or a SIGNING_SECRET (HTTP) as well")
        return self


@dataclass(frozen=True)
class Account:
    """One configured sender on one channel."""

    channel: str
    name: str
    config: Any  # the channel's own Config

    @property
    def source(self) -> str:
        return f"{self.channel}:{self.name}"


class Settings(BaseSettings):
    """Everything, with defaults; each channel's section is added below under its name."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_file=ENV_FILE,
        toml_file=TOML_FILE,
        extra="ignore",  # load() has refused unknown names by name
        frozen=True,
    )
    database_url: str = "sqlite+aiosqlite:///tellal.db"
    language: str = "en"
    timezone: str = "UTC"
    country: str = ""
    sender_name: str = Field(default="Tellal", min_length=1, max_length=64)
    privacy_url: Url = ""
    contact: str = Field(default="", max_length=200)
    owners: str = ""
    approvals_required: int = Field(default=1, ge=1, le=10)
    allow_self_approval: bool = False
    reapprove_growth_percent: float = Field(default=5.0, ge=0, le=1000)
    reapprove_growth_people: int = Field(default=2, ge=0)
    undo_hold_seconds: float = Field(default=30.0, ge=0, le=3600)
    late_after_seconds: float = Field(default=3600.0, ge=0)
    canary: str = "off"
    canary_wait_seconds: float = Field(default=600.0, ge=0)
    http: HttpSettings = HttpSettings()
    slack: SlackSettings = SlackSettings()
    safety: SafetySettings = SafetySettings()

    def accounts(self) -> list[Account]:
        """The accounts that are on: a channel's own section is `default`, then those it names."""
        found = []
        for channel in SECTIONS:
            section = getattr(self, channel)
            named = {DEFAULT: section, **section.accounts} if section is not None else {}
            found += [Account(channel, n, c) for n, c in named.items() if c.configured]
        return found

    def secrets(self) -> list[str]:
        """Every token and secret, for the log to leave out."""
        sections = [self.http, self.slack, *(account.config for account in self.accounts())]
        values = [value for section in sections for _, value in section]
        return [v.get_secret_value() for v in values if isinstance(v, SecretStr)]

    def has_console(self) -> bool:
        """Whether there is a place for admins."""
        telegram = any(account.channel == "telegram" for account in self.accounts())
        return telegram or self.slack.configured

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        toml = TomlConfigSettingsSource(settings_cls)
        return init_settings, env_settings, dotenv_settings, toml

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if not value.startswith("sqlite+aiosqlite:///"):
            raise ValueError("must start with sqlite+aiosqlite:/// and name a file")
        return value

    @field_validator("language")
    @classmethod
    def _has_catalog(cls, value: str) -> str:
        from broadcast.language import languages

        if value not in languages():
            raise ValueError(f"{value!r} has no catalog; there are: {', '.join(languages())}")
        return value

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        from broadcast import timezone as zones

        if not (zone := zones.named(value)):
            raise ValueError(f"{value!r} is not a time zone; write one such as Europe/Istanbul")
        return zone

    @field_validator("country")
    @classmethod
    def _is_a_country(cls, value: str) -> str:
        if not value:
            return value
        from phonenumbers import SUPPORTED_REGIONS

        code = value.strip().upper()
        if code not in SUPPORTED_REGIONS:
            raise ValueError(f"{value!r} is not a country of ISO 3166, such as TR or DE")
        return code

    @field_validator("contact")
    @classmethod
    def _on_one_line(cls, value: str) -> str:
        if not value.isprintable():
            raise ValueError("must be one line, such as info@example.org or +90 312 000 00 00")
        return value.strip()

    @field_validator("canary")
    @classmethod
    def _is_a_canary(cls, value: str) -> str:
        from broadcast.safety import Canary

        return str(Canary.read(value))

    @field_validator("owners")
    @classmethod
    def _name_their_platform(cls, value: str) -> str:
        for owner in filter(None, (part.strip() for part in value.split(","))):
            platform, _, user_id = owner.partition(":")
            if platform not in {"telegram", "slack"} or not user_id.strip():
                raise ValueError(f"{owner!r} must be like telegram:123, separated by commas")
        return value


def _section(channel: str, config: type[BaseModel]) -> type[BaseModel]:
    """A channel's section: one account, and room for more under `accounts`."""
    more: Any = (dict[str, config], {})  # type: ignore[valid-type]
    return create_model(f"{channel.title()}Section", __base__=config, accounts=more)


SECTIONS = {name: _section(name, config) for name, config in channels.configs().items()}
_optional: dict[str, Any] = {name: (section | None, None) for name, section in SECTIONS.items()}
_Complete: type[Settings] = create_model("Settings", __base__=Settings, **_optional)


def names() -> frozenset[str]:
    """Every setting by its environment name."""
    sections: dict[str, type[BaseModel]] = {
        "http": HttpSettings,
        "slack": SlackSettings,
        "safety": SafetySettings,
        **SECTIONS,
    }
    plain = set(Settings.model_fields) - set(sections)
    nested = {f"{s}__{field}" for s, model in sections.items() for field in model.model_fields}
    nested -= {f"{channel}__accounts" for channel in SECTIONS}
    return frozenset((PREFIX + name).upper() for name in plain | nested)


def load() -> Settings:
    """Read and check everything. Raises SettingsError naming the first wrong setting."""
    _refuse_unknown([name for name in os.environ if name.upper().startswith(PREFIX)], "")
    if Path(ENV_FILE).is_file():
        written = [name for name in _env_names() if name.upper().startswith(PREFIX)]
        _refuse_unknown(written, f" (in {ENV_FILE})")
    if Path(TOML_FILE).is_file():
        _refuse_unknown(_toml_names(), f" (in {TOML_FILE})")
    try:
        made = _Complete()
    except RecursionError:
        raise SettingsError("Settings cannot be read: a value is nested too deeply.") from None
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        name = PREFIX + "__".join(str(part) for part in first["loc"]).upper()
        raise SettingsError(f"{name}: {_sentence(first['msg'])}") from None
    except ValueError as wrong:
        raise SettingsError(f"Settings cannot be read: {wrong}") from None
    _refuse_short_secrets(made)
    return made


def _refuse_short_secrets(made: Settings) -> None:
    """What is taken out of the logs wherever it stands must not be part of ordinary words."""
    sections = {"SLACK": made.slack}
    for channel in SECTIONS:
        if (section := getattr(made, channel)) is not None:
            sections[channel.upper()] = section
            for name, account in section.accounts.items():
                sections[f"{channel}__ACCOUNTS__{name}".upper()] = account
    for place, section in sections.items():
        for name, value in section:
            if name not in _CHOSEN or not isinstance(value, SecretStr):
                continue
            secret = value.get_secret_value()
            if secret and len(secret.strip()) < LEAST_SECRET:
                raise SettingsError(
                    f"{PREFIX}{place}__{name.upper()}: must have at least {LEAST_SECRET} "
                    "characters, so that nobody guesses it and the logs can leave it out."
                )


def _env_names() -> list[str]:
    try:
        return list(dotenv_values(ENV_FILE))
    except UnicodeDecodeError:
        raise SettingsError(f"{ENV_FILE} is not UTF-8 text.") from None
    except OSError as error:
        raise SettingsError(f"{ENV_FILE} cannot be read: {error.strerror}") from None


def _toml_names() -> list[str]:
    try:
        written = tomllib.loads(Path(TOML_FILE).read_text(encoding="utf-8"))
        return list(_flat(written, PREFIX))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        raise SettingsError(f"{TOML_FILE} is not valid TOML: {wrong}") from None
    except RecursionError:
        raise SettingsError(f"{TOML_FILE} is nested too deeply.") from None
    except OSError as error:
        raise SettingsError(f"{TOML_FILE} cannot be read: {error.strerror}") from None


def _flat(table: dict[str, Any], prefix: str) -> list[str]:
    found: list[str] = []
    for key, value in table.items():
        name = prefix + key
        found += _flat(value, name + "__") if isinstance(value, dict) else [name]
    return found


def _tables() -> frozenset[str]:
    """Settings whose own entries are free, such as prices by category."""
    return frozenset(
        f"{PREFIX}{channel}__{name}".upper()
        for channel, section in SECTIONS.items()
        for name, field in section.model_fields.items()
        if name != "accounts" and get_origin(field.annotation) is dict
    )


def _refuse_unknown(written: list[str], where: str) -> None:
    known, tables = names(), _tables()
    for name in sorted(written):
        upper = name.upper()
        # TELLAL_TELEGRAM__ACCOUNTS__NEWS__TOKEN is TELLAL_TELEGRAM__TOKEN of another account
        plain = re.sub(r"__ACCOUNTS__[A-Z0-9_-]+?__", "__", upper)
        if plain in known or plain.rpartition("__")[0] in tables:
            continue
        for later in set(LATER) - set(SECTIONS):
            if upper.startswith(f"{PREFIX}{later.upper()}"):
                raise SettingsError(
                    f"{upper}{where}: the channel {later} is not there yet; remove it."
                )
        from difflib import get_close_matches

        near = get_close_matches(upper, known, 1, 0.8)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise SettingsError(f"{upper}{where}: there is no such setting.{hint}")


def _sentence(message: str) -> str:
    return message.removeprefix("Value error, ").replace("\n", " ")
