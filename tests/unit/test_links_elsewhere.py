"""What went wrong with links, codes and counts elsewhere (docs/foreign-eyes.md), tried here."""

from __future__ import annotations

import io
import re
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image

from bot.drawing import poster
from broadcast.inbound import InboundKind
from broadcast.services import posters
from channels.messenger import callbacks
from channels.messenger.adapter import MessengerChannel
from channels.telegram.adapter import TelegramChannel
from channels.whatsapp.adapter import WhatsAppChannel


def link(channel: Any, code: str, word: str = "JOIN", **known: Any) -> str:
    """Of an account that is known by this."""
    return str(channel.invitation(SimpleNamespace(**known), code, word))


def whatsapp(code: str, word: str = "JOIN", number: str = "905321234567") -> str:
    return link(WhatsAppChannel, code, word, _number=number)


@pytest.mark.parametrize("code", ["door", "", "a" * posters.CODE_LONGEST])
@pytest.mark.parametrize("word", ["JOIN", "KATIL"])
def test_the_text_behind_a_whatsapp_link_arrives_as_it_was_meant(code: str, word: str) -> None:
    url = whatsapp(code, word)
    assert "+" not in url and "#" not in url and " " not in url
    assert parse_qs(urlsplit(url).query)["text"] == [f"{word} {code}".strip()]
    assert re.fullmatch(r"https://wa\.me/[1-9]\d{6,14}\?text=[\w%-]+", url)


def test_what_the_platform_has_not_told_yet_is_no_link() -> None:
    assert whatsapp("door", number="") == ""
    assert link(TelegramChannel, "door", username="") == ""


@pytest.mark.parametrize(
    "name", ["x" * 60, "Kapı / 2. kat: pazar + market = ?", "%3D", "a.b", "JWT.x"]
)
def test_telegram_drops_no_payload_we_make(name: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", posters.code_of(name))


def test_a_page_is_named_by_its_id_and_the_ref_is_read_from_newcomers_and_from_old_friends() -> (
    None
):
    config = SimpleNamespace(page_id="100200300")
    assert link(MessengerChannel, "door", _config=config) == "https://m.me/100200300?ref=door"
    assert link(MessengerChannel, "", _config=config) == "https://m.me/100200300"
    referral = {"ref": "door", "source": "SHORTLINK", "type": "OPEN_THREAD"}
    sender = {"sender": {"id": "7"}, "timestamp": 1458692752478}
    for event in (
        sender | {"postback": {"payload": callbacks.GET_STARTED, "referral": referral}},
        sender | {"referral": referral},
    ):
        heard = callbacks.inbound("default", "1", {"event": event})
        assert heard is not None
        assert (heard.kind, heard.payload) == (InboundKind.START, "door")


def test_the_code_has_its_quiet_zone_and_white_paper_also_on_a_dark_screen() -> None:
    shown = Image.open(
        io.BytesIO(
            poster.png(poster.Poster("Oak Street", ("Scan this.",), "https://t.me/x?start=a"))
        )
    )
    assert shown.mode == "L"  # opaque: no black page shows through
    rows = poster._modules("https://t.me/x?start=a")
    width, height = shown.size
    step = int(width * poster._CODE / (len(rows) + 2 * poster._QUIET))
    left = (width - step * len(rows)) // 2
    top = int(height * poster._CODE_TOP) + step * poster._QUIET
    side, quiet = step * len(rows), 4 * step
    around = [
        (left - quiet, top - quiet, left + side + quiet, top),
        (left - quiet, top + side, left + side + quiet, top + side + quiet),
        (left - quiet, top, left, top + side),
        (left + side, top, left + side + quiet, top + side),
    ]
    assert all(shown.crop(box).getextrema() == (255, 255) for box in around)
    assert shown.getpixel((left + 1, top + 1)) == 0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Market square, north entrance, left", "Market square, north entrance, right"),
        ("日本 1", "東京 1"),
        ("Рынок", "Вокзал"),
        ("Straße", "Strase"),
    ],
)
def test_two_names_are_two_links_however_little_of_them_fits(one: str, other: str) -> None:
    codes = [posters.code_of(name) for name in (one, other)]
    assert len(set(codes)) == 2
    for code in codes:
        assert re.fullmatch(r"[a-z0-9-]{1,32}", code)
        assert posters.code_of(code) == code, "a button carries the code"


@pytest.mark.parametrize("name", ["new", "invite", "claim-x", "link"])
def test_no_name_is_taken_for_a_word_of_ours(name: str) -> None:
    assert posters.code_of(name) == f"at-{name}"
