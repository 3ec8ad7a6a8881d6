"""Gets what a link leads to, as Meta does when a message or an upload names one."""

from __future__ import annotations

from collections.abc import Collection

import aiohttp

PATIENCE = 5.0  # seconds a link may take to answer (not documented)


class BadLink(Exception):
    """Nothing usable came; says why."""


async def fetch(link: str, types: Collection[str], largest: int) -> tuple[str, bytes]:
    """MIME type and content. Raises BadLink: unreachable, slow, another type, too large."""
    if not link.startswith(("http://", "https://")):
        raise BadLink("The link is no http(s) URL.")
    patience = aiohttp.ClientTimeout(total=PATIENCE)
    try:
        async with aiohttp.ClientSession(timeout=patience) as http, http.get(link) as answer:
            if answer.status != 200:
                raise BadLink(f"The link answered with status {answer.status}.")
            if answer.content_type not in types:
                raise BadLink(f"The link gave {answer.content_type}.")
            content = bytearray()
            async for chunk in answer.content.iter_chunked(65_536):
                content += chunk
                if len(content) > largest:
                    raise BadLink(f"The file is larger than {largest} bytes.")
            return answer.content_type, bytes(content)
    except TimeoutError:
        raise BadLink(f"The link did not answer in {PATIENCE:g} s.") from None
    except (aiohttp.ClientError, OSError, ValueError):
        raise BadLink("The link could not be reached.") from None
