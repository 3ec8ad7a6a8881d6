"""Files authors sent are kept so that every channel can use them."""

from __future__ import annotations

import pytest

from broadcast.message import MediaKind
from broadcast.services import media as stored_media
from sandbox.samples import picture
from tests.scenario.house import House


@pytest.mark.parametrize(
    ("data", "mime"),
    [
        (picture("sea"), "image/png"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "image/jpeg"),
        (b"GIF89a\x01\x00\x01\x00", "image/gif"),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"no picture at all", ""),
    ],
)
async def test_a_picture_that_came_without_a_type_gets_its_own(
    house: House, data: bytes, mime: str
) -> None:
    media = await stored_media.keep(house.core, MediaKind.PHOTO, data)
    assert media.mime == mime


async def test_the_type_a_file_came_with_stays(house: House) -> None:
    media = await stored_media.keep(
        house.core, MediaKind.DOCUMENT, picture("sea"), mime="image/x-own"
    )
    assert media.mime == "image/x-own"
