"""Posters and charts, read back by other people's readers."""

from __future__ import annotations

import io

import pypdf
import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageChops

from bot.drawing import chart, fonts, poster
from bot.drawing.chart import Week, Words

URL = "https://t.me/oak_street_bot?start=kapi-afisi"
LINES = (
    "Scan this with your phone's camera to get our announcements.",
    "Duyurularımızı almak için bunu telefonunuzun kamerasıyla okutun.",
)
WORDS = Words("Katılanlar ve ayrılanlar, son 8 hafta", "katıldı", "ayrıldı")
LONG = "https://wa.me/905321234567?text=KATIL%20" + "a" * 32


def picture(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def page(data: bytes) -> Image.Image:
    """As a PDF viewer shows it."""
    shown: Image.Image = pypdfium2.PdfDocument(data)[0].render(scale=2).to_pil()
    return shown


@pytest.mark.parametrize("url", [URL, LONG, "https://m.me/100200300?ref=door"])
def test_a_phone_reads_the_link_from_the_picture_and_from_the_page(url: str) -> None:
    one = poster.Poster("Oak Street", LINES, url)
    for shown in (picture(poster.png(one)), page(poster.pdf(one))):
        found = zxingcpp.read_barcodes(shown)
        assert [code.text for code in found] == [url]


def test_it_is_still_read_when_a_corner_of_it_is_torn() -> None:
    shown = picture(poster.png(poster.Poster("Oak Street", LINES, URL)))
    width, height = shown.size
    shown.paste(255, (int(width * 0.62), int(height * 0.66), int(width * 0.72), int(height * 0.72)))
    assert zxingcpp.read_barcodes(shown)[0].text == URL


def test_the_page_is_one_of_a4_with_its_words_and_a_link_to_tap() -> None:
    one = poster.Poster("Şişli Çağlayan Mahallesi Muhtarlığı", LINES, URL)
    data = poster.pdf(one)
    (sheet,) = pypdf.PdfReader(io.BytesIO(data)).pages
    assert [round(float(side)) for side in sheet.mediabox] == [0, 0, 595, 842]
    said = " ".join(sheet.extract_text().split())
    assert all(line in said for line in (one.sender, *LINES, one.short))
    (link,) = sheet["/Annots"]
    assert link.get_object()["/A"]["/URI"] == URL
    assert poster.pdf(one) == data


def test_every_turkish_letter_is_drawn_and_what_cannot_be_is_left_out() -> None:
    turkish = "ABCÇDEFGĞHIİJKLMNOÖPRSŞTUÜVYZ abcçdefgğhıijklmnoöprsştuüvyz â î û"
    assert fonts.drawable(turkish) == turkish
    assert fonts.drawable("🌻 Bahçe\n🌻") == "Bahçe"
    assert fonts.drawable("🌻") == ""
    nameless = poster.Poster("🌻", LINES, URL)
    assert zxingcpp.read_barcodes(picture(poster.png(nameless)))[0].text == URL
    assert poster.pdf(nameless)


@pytest.mark.parametrize("sender", ["W" * 64, "Wide Words " * 5 + "And More", "ı"])
def test_a_long_name_keeps_clear_of_the_edges_and_of_the_code(sender: str) -> None:
    shown = picture(poster.png(poster.Poster(sender, LINES, LONG)))
    blank = Image.new("L", shown.size, 255)
    left, top, right, bottom = ImageChops.difference(shown, blank).getbbox() or (0, 0, 0, 0)
    width, height = shown.size
    assert left > width * 0.05 and right < width * 0.95
    assert top > 0 and bottom < height
    assert zxingcpp.read_barcodes(shown)[0].text == LONG


def test_a_chart_shows_a_bar_for_each_week_in_which_somebody_came_or_went() -> None:
    weeks = [Week("5 Eki", 10, 0), Week("12 Eki", 0, 0), Week("19 Eki", 5, 5)]
    shown = picture(chart.png(weeks, WORDS)).convert("RGB")
    column = {place: 60 + int((place + 0.5) * 1080 / 3) for place in range(3)}

    def height(place: int, colour: str) -> int:
        wanted = tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))
        x = column[place] - 60  # beside the numbers, which stand in the middle
        return sum(shown.getpixel((x, y)) == wanted for y in range(130, shown.height))

    joined = [height(place, chart.JOINED) for place in range(3)]
    left = [height(place, chart.LEFT) for place in range(3)]
    assert joined[1] == left[0] == left[1] == 0
    assert abs(joined[0] - 2 * joined[2]) <= 4 and joined[2] > 20
    assert abs(joined[2] - left[2]) <= 4


@pytest.mark.parametrize("weeks", [[], [Week("1 Oca", 0, 0)], [Week("1 Oca", 10**9, 1)] * 8])
def test_a_chart_of_anything_is_a_picture(weeks: list[Week]) -> None:
    assert picture(chart.png(weeks, WORDS)).size == (1200, 800)
