"""Reduce npm's emoji-datasource (MIT licence) to Slack's emoji names: `python -m
bot.frontends.slack.generate_emoji EMOJI.JSON` writes emoji.json beside this file.

Slack's names are that project's `short_names`; its data is what Slack's own pictures are made from.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

NAMES = Path(__file__).with_name("emoji.json")


def names_of(entries: list[dict[str, object]]) -> dict[str, str]:
    """Give each short name its characters, sorted by name."""
    found: dict[str, str] = {}
    for entry in entries:
        signs = "".join(chr(int(code, 16)) for code in str(entry["unified"]).split("-"))
        short = entry["short_names"]
        assert isinstance(short, list)
        found |= {str(name): signs for name in short}
    return dict(sorted(found.items()))


def main(source: Path) -> None:
    entries = json.loads(source.read_text(encoding="utf-8"))
    text = json.dumps(names_of(entries), ensure_ascii=False, separators=(",", ":"))
    NAMES.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
