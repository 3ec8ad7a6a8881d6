"""Small real files made in code, for people who send something."""

from __future__ import annotations

import struct
import zlib
from functools import cache


@cache
def sample(name: str) -> tuple[str, str, bytes]:
    """File name, MIME type and bytes of a built-in sample; LookupError for another name."""
    if name in ("photo", "sunset", "sea", "forest"):
        return f"{name}.png", "image/png", picture(name)
    if name in ("document", "text"):
        return "notes.txt", "text/plain", "A short note from the sandbox.\nKısa bir not.\n".encode()
    if name in ("video", "animation"):
        # The head of an MP4: enough to be stored, shown by name and sent on.
        return f"{name}.mp4", "video/mp4", b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" * 8
    if name == "audio":
        return "song.mp3", "audio/mpeg", b"ID3\x03\x00\x00\x00\x00\x00\x00" + bytes(512)
    if name == "voice":
        return "voice.ogg", "audio/ogg", b"OggS" + bytes(512)
    raise LookupError(
        f"no sample {name[:40]!r}; there are photo, sunset, sea, forest, document, video, "
        "animation, audio, voice"
    )


_SKIES = {
    "photo": ((255, 196, 107), (196, 78, 106)),
    "sunset": ((255, 170, 90), (110, 50, 110)),
    "sea": ((190, 225, 240), (20, 90, 140)),
    "forest": ((220, 235, 190), (30, 90, 60)),
}


def picture(name: str = "photo", width: int = 480, height: int = 320) -> bytes:
    """A PNG with a sky, a sun and hills."""
    top, bottom = _SKIES[name]
    rows = bytearray()
    for y in range(height):
        t = y / height
        sky = bytes(round(a + (b - a) * t) for a, b in zip(top, bottom, strict=True))
        hill = bytes(round(c * 0.45) for c in sky)
        rows.append(0)
        # A parabola for each hill keeps this free of any drawing library.
        left = height * 0.62
        for x in range(width):
            edge = min(
                left + (x - width * 0.28) ** 2 / 900,
                height * 0.72 + (x - width * 0.78) ** 2 / 1400,
            )
            sun = (x - width * 0.7) ** 2 + (y - height * 0.28) ** 2 < (height * 0.11) ** 2
            rows += hill if y > edge else b"\xff\xf4\xd8" if sun else sky
    return _png(width, height, bytes(rows))


def _png(width: int, height: int, rows: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(rows, 9)) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
