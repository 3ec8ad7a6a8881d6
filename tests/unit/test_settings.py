"""Settings come from three places, and a wrong one is named in one line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.settings import SettingsError, load

TOKEN = "123456:ABC-def"


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in [name for name in os.environ if name.upper().startswith("TELLAL_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def wrong() -> str:
    with pytest.raises(SettingsError) as caught:
        load()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_without_settings_the_defaults_of_the_contract_hold() -> None:
    made = load()
    assert made.database_url == "sqlite+aiosqlite:///tellal.db"
    assert (made.language, made.timezone, made.owners) == ("en", "UTC", "")
    assert (made.approvals_required, made.allow_self_approval) == (1, False)
    assert made.undo_hold_seconds == 30
    assert (made.http.host, made.http.port, made.http.public_url) == ("127.0.0.1", 8080, "")
    assert made.accounts() == []


def test_the_environment_outranks_dotenv_and_dotenv_outranks_toml(
    monkeypatch: pytest.MonkeyPatch, nothing_set: Path
) -> None:
    (nothing_set / "tellal.toml").write_text(
        f'language = "tr"\nsender_name = "T"\nowners = "telegram:1"\n[telegram]\ntoken = "{TOKEN}"\n'
    )
    (nothing_set / ".env").write_text("TELLAL_SENDER_NAME=D\nTELLAL_OWNERS=telegram:2\nOTHER=x\n")
    monkeypatch.setenv("TELLAL_OWNERS", "telegram:3")
    monkeypatch.setenv("TELLAL_TELEGRAM__RATE_PER_SECOND", "0")
    made = load()
    assert (made.language, made.sender_name, made.owners) == ("tr", "D", "telegram:3")
    assert made.telegram is not None
    assert made.telegram.token.get_secret_value() == TOKEN
    assert (made.telegram.rate_per_second, made.telegram.webhook) == (0, False)
    assert made.telegram.api_url == "https://api.telegram.org"
    assert TOKEN not in repr(made)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("TELLAL_LANGUGE", "en", "Did you mean TELLAL_LANGUAGE?"),
        ("TELLAL_TELEGRAM", "x", "no such setting"),
        ("TELLAL_TELEGRAM__TOKN", "x", "no such setting"),
        ("TELLAL_SLACK__BOT_TOKEN", "x", "must begin with xoxb-"),
        ("TELLAL_LANGUAGE", "xx", "has no catalog"),
        ("TELLAL_TIMEZONE", "Mars", "time zone"),
        ("TELLAL_OWNERS", "123", "telegram:123"),
        ("TELLAL_HTTP__PORT", "many", "whole number"),
        ("TELLAL_PRIVACY_URL", "nowhere", "https://"),
        ("TELLAL_DATABASE_URL", "mysql://x", "sqlite+aiosqlite"),
        ("TELLAL_APPROVALS_REQUIRED", "0", "at least 1"),
        ("TELLAL_TELEGRAM__TOKEN", "secret-word", "BotFather"),
        ("TELLAL_HEARTBEAT__URL", "nowhere", "https://"),
        ("TELLAL_HEARTBEAT__METHOD", "PUT", "'GET' or 'POST'"),
        ("TELLAL_HEARTBEAT__SECONDS", "soon", "must be a number"),
        ("TELLAL_COUNTRY", "Turkey", "ISO 3166"),
        ("TELLAL_WHATSAPP__VERIFY_TOKEN", "v", "at least 8 characters"),
        ("TELLAL_MESSENGER__APP_SECRET", "1234567", "at least 8 characters"),
        ("TELLAL_SLACK__SIGNING_SECRET", "shh", "at least 8 characters"),
        ("TELLAL_TELEGRAM__WEBHOOK_SECRET", "hook", "at least 8 characters"),
        ("TELLAL_WHATSAPP__VERIFY_TOKEN", "       v ", "at least 8 characters"),
        ("TELLAL_WHATSAPP__ACCOUNTS__SHOP__VERIFY_TOKEN", "v", "at least 8 characters"),
    ],
)
def test_a_wrong_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str
) -> None:
    monkeypatch.setenv(name, value)
    message = wrong()
    assert message.startswith(name)
    assert says in message
    assert "secret-word" not in message


def test_a_wrong_name_in_a_file_is_named_with_its_file(nothing_set: Path) -> None:
    (nothing_set / "tellal.toml").write_text('[telegram]\ncolour = "red"\n')
    assert wrong().startswith("TELLAL_TELEGRAM__COLOUR (in tellal.toml)")
    (nothing_set / "tellal.toml").write_text("[telegram\n")
    assert "not valid TOML" in wrong()
    (nothing_set / "tellal.toml").unlink()
    (nothing_set / ".env").write_text("TELLAL_WHATSAPP__ACCES_TOKEN=1\n")
    assert wrong().startswith("TELLAL_WHATSAPP__ACCES_TOKEN (in .env)")


def test_several_accounts_of_one_channel(
    monkeypatch: pytest.MonkeyPatch, nothing_set: Path
) -> None:
    (nothing_set / "tellal.toml").write_text(
        f'[telegram]\ntoken = "{TOKEN}"\n'
        '[telegram.accounts.news]\ntoken = "2:news"\nrate_per_second = 5\n'
        "[telegram.accounts.later]\nrate_per_second = 1\n"
    )
    found = [(str(a.key), a.config.rate_per_second) for a in load().accounts()]
    assert found == [("telegram:default", 30), ("telegram:news", 5)]
    monkeypatch.setenv("TELLAL_TELEGRAM__ACCOUNTS__SHOP__TOKEN", "3:shop")
    assert [str(a.key) for a in load().accounts()][-1] == "telegram:shop"
    monkeypatch.setenv("TELLAL_TELEGRAM__ACCOUNTS__SHOP__TOKN", "3:shop")
    assert wrong().startswith("TELLAL_TELEGRAM__ACCOUNTS__SHOP__TOKN: there is no such setting")


def test_prices_have_entries_of_their_own(nothing_set: Path) -> None:
    (nothing_set / "tellal.toml").write_text(
        '[whatsapp]\nphone_number_id = "1"\naccess_token = "t"\n'
        'currency = "EUR"\n[whatsapp.prices]\nmarketing = 0.07\n'
    )
    (account,) = load().accounts()
    assert (str(account.key), account.config.prices) == ("whatsapp:default", {"marketing": 0.07})


def test_the_house_has_a_country(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load().country == ""
    monkeypatch.setenv("TELLAL_COUNTRY", "tr")
    assert load().country == "TR"


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("tellal.toml", b"x = " + b"[" * 5000 + b"]" * 5000),
        ("tellal.toml", b'language = "\xff"\n'),
        ("tellal.toml", b"a." * 3000 + b"b = 1\n"),
        (".env", b"TELLAL_LANGUAGE=\xff\n"),
        (".env", b"TELLAL_WHATSAPP__PRICES=" + b'{"a":' * 20_000 + b"1" + b"}" * 20_000 + b"\n"),
    ],
)
def test_a_file_nobody_can_read_is_one_line(nothing_set: Path, file: str, content: bytes) -> None:
    (nothing_set / file).write_bytes(content)
    assert wrong()


def test_everything_wrong_is_named_at_once(
    monkeypatch: pytest.MonkeyPatch, nothing_set: Path
) -> None:
    given = {
        "TELLAL_LANGUGE": "en", "TELLAL_HTTP__PORT": "many", "TELLAL_TIMEZONE": "Mars",
        "TELLAL_OWNERS": "1", "TELLAL_SLACK__BOT_TOKEN": "x", "TELLAL_SAFETY__WINDOW": "1",
    }  # fmt: skip
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    (nothing_set / ".env").mkdir()
    (nothing_set / "tellal.toml").write_text("x = ")
    with pytest.raises(SettingsError) as caught:
        load()
    lines = caught.value.all
    assert {line.partition(":")[0] for line in lines} >= set(given)
    assert any(line.startswith(".env cannot be read") for line in lines)
    assert any(line.startswith("tellal.toml is not valid TOML") for line in lines)
    assert all("\n" not in line for line in lines)
    rest = caught.value.rest  # what can be looked at all the same
    assert rest is not None and (rest.http.port, rest.timezone) == (8080, "UTC")


def test_a_mark_before_the_first_letter_hides_no_setting(nothing_set: Path) -> None:
    (nothing_set / ".env").write_text("TELLAL_SENDER_NAME=First\n", encoding="utf-8-sig")
    (nothing_set / "tellal.toml").write_text('timezone = "Asia/Tokyo"\n', encoding="utf-8-sig")
    assert (load().sender_name, load().timezone) == ("First", "Asia/Tokyo")


def test_a_long_value_does_not_hide_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELLAL_TIMEZONE", "x" * 9000)
    assert "is not a time zone" in wrong() and "xx…" in wrong()
