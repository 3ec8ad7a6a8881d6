"""Which settings the files beside us name, and what is wrong with a file itself."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dotenv import dotenv_values
from pydantic_settings import TomlConfigSettingsSource

from bot.settings_words import one_line
from broadcast.language import terminal

if TYPE_CHECKING:
    from bot.settings import Settings

PREFIX = "TELLAL_"
ENV_FILE, TOML_FILE = ".env", "tellal.toml"
ENCODING = "utf-8-sig"  # some editors write a mark before the first letter
_LONGEST = 300  # characters of what is said of one setting


class SettingsError(Exception):
    """One line that names the setting and says what is wrong with it; `all`: of every wrong one.
    `rest`: the settings with defaults where something is wrong; None where nothing can be made."""

    def __init__(self, *lines: str, rest: Settings | None = None) -> None:
        lines = tuple(
            one if len(one) <= _LONGEST else f"{one[:_LONGEST]}…" for one in map(one_line, lines)
        )
        super().__init__(lines[0])
        self.all, self.rest = lines, rest


class Toml(TomlConfigSettingsSource):
    """The file as we read it."""

    def _read_file(self, file_path: Any) -> dict[str, Any]:
        return tomllib.loads(file_path.read_text(encoding=ENCODING))


def env_names() -> list[str]:
    say = terminal().plain
    try:
        with open(ENV_FILE, encoding=ENCODING) as opened:  # dotenv takes a folder for an empty file
            return list(dotenv_values(stream=opened))
    except (UnicodeDecodeError, ValueError):
        raise SettingsError(say("{file} is not UTF-8 text.", file=ENV_FILE)) from None
    except OSError as error:
        raise SettingsError(_unreadable(ENV_FILE, error)) from None


def toml_names() -> list[str]:
    say = terminal().plain
    try:
        written = tomllib.loads(Path(TOML_FILE).read_text(encoding=ENCODING))
        return list(_flat(written, PREFIX))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as wrong:
        words = say("{file} is not valid TOML: {why}", file=TOML_FILE, why=wrong)
        raise SettingsError(one_line(words)) from None
    except RecursionError:
        raise SettingsError(say("{file} is nested too deeply.", file=TOML_FILE)) from None
    except OSError as error:
        raise SettingsError(_unreadable(TOML_FILE, error)) from None


def _unreadable(file: str, error: OSError) -> str:
    return terminal().plain("{file} cannot be read: {why}", file=file, why=error.strerror)


def _flat(table: dict[str, Any], prefix: str) -> list[str]:
    found: list[str] = []
    for key, value in table.items():
        name = prefix + key
        found += _flat(value, name + "__") if isinstance(value, dict) else [name]
    return found
