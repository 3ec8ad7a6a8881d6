"""What an operator sets: environment `TELLAL_…`, `.env`, `tellal.toml`; checked before anything runs."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_origin

from pydantic import (
    BaseModel,
    Field,
    SecretStr,
    ValidationError,
    create_model,
    field_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

import channels
from bot.settings_files import (
    ENCODING,
    ENV_FILE,
    PREFIX,
    TOML_FILE,
    SettingsError,
    Toml,
    env_names,
    toml_names,
)
from bot.settings_sections import (
    HeartbeatSettings,
    HttpSettings,
    SafetySettings,
    SlackSettings,
    Url,
)
from bot.settings_words import no_such, one_line, quoted, wrong_value
from broadcast.account_key import AccountKey
from broadcast.language import terminal

DEFAULT = "default"
__all__ = [
    "ENV_FILE",
    "PREFIX",
    "TOML_FILE",
    "Account",
    "Settings",
    "SettingsError",
    "load",
    "names",
]
_LOOKS = 100  # at most so many wrong values are found one behind the other
LEAST_SECRET = 8  # characters: a shorter one is guessed, and is part of ordinary words
# Written by people; what a platform issues is long, and refused by it when it is wrong.
_CHOSEN = frozenset({"verify_token", "webhook_secret", "app_secret", "signing_secret"})


@dataclass(frozen=True)
class Account:
    """One configured sender on one channel."""

    channel: str
    name: str
    config: Any  # the channel's own Config

    @property
    def key(self) -> AccountKey:
        return AccountKey(self.channel, self.name)


class Settings(BaseSettings):
    """Everything, with defaults; each channel's section is added below under its name."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_file=ENV_FILE,
        env_file_encoding=ENCODING,
        toml_file=TOML_FILE,
        extra="ignore",  # load() has refused unknown names by name
        frozen=True,
    )
    database_url: str = "sqlite+aiosqlite:///tellal.db"
    log: Literal["auto", "json", "people"] = "auto"
    language: str = "en"
    timezone: str = "UTC"
    country: str = ""
    heartbeat: HeartbeatSettings = HeartbeatSettings()
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
        sections = [
            self.http,
            self.slack,
            self.heartbeat,
            *(account.config for account in self.accounts()),
        ]
        values = [value for section in sections for _, value in section]
        return [v.get_secret_value() for v in values if isinstance(v, SecretStr)]

    def log_is_for_people(self) -> bool | None:
        """Whether sentences or JSON were asked for; None: as the output is."""
        return {"json": False, "people": True}.get(self.log)

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
        toml = Toml(settings_cls)
        return init_settings, env_settings, dotenv_settings, toml

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        start, _, file = value.partition(":///")
        if start != "sqlite+aiosqlite" or not file.partition("?")[0].strip("/ "):
            raise ValueError(
                terminal().plain("must start with sqlite+aiosqlite:/// and name a file")
            )
        return value

    @field_validator("language")
    @classmethod
    def _has_catalog(cls, value: str) -> str:
        from broadcast.language import languages

        if value not in languages():
            raise ValueError(
                terminal().plain(
                    "{value} has no catalog; there are: {known}", value=quoted(value),
                    known=", ".join(languages()),
                )
            )  # fmt: skip
        return value

    @field_validator("timezone")
    @classmethod
    def _is_a_zone(cls, value: str) -> str:
        from broadcast import timezone as zones

        if not (zone := zones.named(value)):
            raise ValueError(
                terminal().plain(
                    "{value} is not a time zone; write one such as Europe/Istanbul",
                    value=quoted(value),
                )
            )
        return zone

    @field_validator("country")
    @classmethod
    def _is_a_country(cls, value: str) -> str:
        if not value:
            return value
        from phonenumbers import SUPPORTED_REGIONS

        code = value.strip().upper()
        if code not in SUPPORTED_REGIONS:
            raise ValueError(
                terminal().plain(
                    "{value} is not a country of ISO 3166, such as TR or DE", value=quoted(value)
                )
            )
        return code

    @field_validator("contact")
    @classmethod
    def _on_one_line(cls, value: str) -> str:
        if not value.isprintable():
            raise ValueError(
                terminal().plain("must be one line, such as info@example.org or +90 312 000 00 00")
            )
        return value.strip()

    @field_validator("canary")
    @classmethod
    def _is_a_canary(cls, value: str) -> str:
        from broadcast.safety import Canary

        try:
            return str(Canary.read(value))
        except ValueError:
            raise ValueError(
                terminal().plain(
                    "must be a number of people such as 500, a share such as 5%, or off"
                )
            ) from None

    @field_validator("owners")
    @classmethod
    def _name_their_platform(cls, value: str) -> str:
        for owner in filter(None, (part.strip() for part in value.split(","))):
            platform, _, user_id = owner.partition(":")
            if platform not in {"telegram", "slack"} or not user_id.strip():
                raise ValueError(
                    terminal().plain(
                        "{value} must be like telegram:123, separated by commas",
                        value=quoted(owner),
                    )
                )
        return value


def _section(channel: str, config: type[BaseModel]) -> type[BaseModel]:
    """A channel's section: one account, and room for more under `accounts`."""
    more: Any = (dict[str, config], {})  # type: ignore[valid-type]
    return create_model(f"{channel.title()}Section", __base__=config, accounts=more)


SECTIONS = {name: _section(name, config) for name, config in channels.configs().items()}
_optional: dict[str, Any] = {name: (section | None, None) for name, section in SECTIONS.items()}
_Complete: type[Settings] = create_model("Settings", __base__=Settings, **_optional)


class _NoToml(_Complete):  # type: ignore[misc, valid-type]
    """The same where tellal.toml cannot be read."""

    model_config = SettingsConfigDict(toml_file=None)


def names() -> frozenset[str]:
    """Every setting by its environment name."""
    sections: dict[str, type[BaseModel]] = {
        "http": HttpSettings,
        "slack": SlackSettings,
        "safety": SafetySettings,
        "heartbeat": HeartbeatSettings,
        **SECTIONS,
    }
    plain = set(Settings.model_fields) - set(sections)
    nested = {f"{s}__{field}" for s, model in sections.items() for field in model.model_fields}
    nested -= {f"{channel}__accounts" for channel in SECTIONS}
    return frozenset((PREFIX + name).upper() for name in plain | nested)


def load() -> Settings:
    """Read and check everything. Raises SettingsError that names every wrong setting."""
    wrong = _unknown([name for name in os.environ if name.upper().startswith(PREFIX)], "")
    if os.path.lexists(ENV_FILE):
        wrong += _of_file(ENV_FILE, env_names)
    if os.path.lexists(TOML_FILE):
        wrong += _of_file(TOML_FILE, toml_names)
    named = {line.partition(" ")[0].rstrip(":") for line in wrong}
    made, invalid = _made(bool(wrong), _readable())
    wrong += [line for line in invalid if line.partition(":")[0] not in named]
    if made is not None:
        wrong += _short_secrets(made)
    if wrong or made is None:
        raise SettingsError(*wrong, rest=made)
    return made


def _readable() -> tuple[str | None, type[Settings]]:
    """The .env file where it can be read, and the model that reads tellal.toml where it can be."""
    usable = {ENV_FILE: env_names, TOML_FILE: toml_names}
    for file, names_of in list(usable.items()):
        try:
            if os.path.lexists(file):
                names_of()
        except SettingsError:
            del usable[file]
    return ENV_FILE if ENV_FILE in usable else None, _Complete if TOML_FILE in usable else _NoToml


def _made(
    known_wrong: bool, readable: tuple[str | None, type[Settings]]
) -> tuple[Settings | None, list[str]]:
    """The settings, with the default in place of each wrong value, and what is wrong with those.
    `known_wrong`: something was found already, which may keep the whole from being read."""
    env_file, model = readable
    wrong: list[str] = []
    instead: dict[str, Any] = {}
    for _ in range(_LOOKS):
        try:
            return model(_env_file=env_file, **instead), wrong  # type: ignore[call-arg]
        except RecursionError:
            line = terminal().plain("Settings cannot be read: a value is nested too deeply.")
            return None, wrong or [line]
        except ValidationError as error:
            mendable = False
            for one in error.errors(include_url=False, include_input=False):
                if known_wrong and one["type"] == "extra_forbidden":
                    continue
                name = PREFIX + "__".join(str(part) for part in one["loc"]).upper()
                wrong.append(f"{name}: {wrong_value(one)}")
                mendable |= _put_default(instead, tuple(map(str, one["loc"])))
            if not mendable:
                return None, wrong
        except (ValueError, OSError) as error:
            line = terminal().plain("Settings cannot be read: {why}", why=one_line(str(error)))
            return None, wrong + _no_tables() or ([] if known_wrong else [line])
    return None, wrong


def _no_tables() -> list[str]:
    """Names of whole tables whose value is none."""
    found = []
    for name in sorted(name for name in os.environ if name.upper() in _tables()):
        try:
            json.loads(os.environ[name])
        except (ValueError, RecursionError):
            found.append(f"{name.upper()}: {wrong_value({'type': 'dict_type'})}")
    return found


def _put_default(instead: dict[str, Any], place: tuple[str, ...]) -> bool:
    """Put the default of the setting at `place` where it outranks what was written. False: it has
    none of its own, or it is there already."""
    model: Any = _Complete
    for part in place[:-1]:
        model = SECTIONS.get(part) or getattr(model.model_fields.get(part), "annotation", None)
        if not hasattr(model, "model_fields"):
            return False
        instead = instead.setdefault(part, {})
    field = model.model_fields.get(place[-1]) if place else None
    if field is None or place[-1] in instead or field.is_required():
        return False
    instead[place[-1]] = field.get_default(call_default_factory=True)
    return True


def _of_file(file: str, names_of: Callable[[], list[str]]) -> list[str]:
    """What is wrong with the names in a file, or with the file."""
    try:
        written = [name for name in names_of() if name.upper().startswith(PREFIX)]
    except SettingsError as wrong:
        return list(wrong.all)
    return _unknown(written, terminal().plain(" (in {file})", file=file))


def _short_secrets(made: Settings) -> list[str]:
    """What is taken out of the logs wherever it stands must not be part of ordinary words."""
    sections = {"SLACK": made.slack}
    for channel in SECTIONS:
        if (section := getattr(made, channel)) is not None:
            sections[channel.upper()] = section
            for name, account in section.accounts.items():
                sections[f"{channel}__ACCOUNTS__{name}".upper()] = account
    return [
        terminal().plain(
            "{name}: must have at least {least} characters, so that nobody guesses it and the logs "
            "can leave it out.", name=f"{PREFIX}{place}__{name.upper()}", least=LEAST_SECRET,
        )
        for place, section in sections.items()
        for name, value in section
        if name in _CHOSEN
        and isinstance(value, SecretStr)
        and value.get_secret_value()
        and len(value.get_secret_value().strip()) < LEAST_SECRET
    ]  # fmt: skip


def _tables() -> frozenset[str]:
    """Settings whose own entries are free, such as prices by category."""
    return frozenset(
        f"{PREFIX}{channel}__{name}".upper()
        for channel, section in SECTIONS.items()
        for name, field in section.model_fields.items()
        if name != "accounts" and get_origin(field.annotation) is dict
    )


def _unknown(written: list[str], where: str) -> list[str]:
    """A line for each name that is no setting's."""
    known, tables = names(), _tables()
    found = []
    for name in sorted(written):
        upper = name.upper()
        # TELLAL_TELEGRAM__ACCOUNTS__NEWS__TOKEN is TELLAL_TELEGRAM__TOKEN of another account
        plain = re.sub(r"__ACCOUNTS__[A-Z0-9_-]+?__", "__", upper)
        if plain not in known and plain.rpartition("__")[0] not in tables:
            found.append(no_such(upper, where, known))
    return found
