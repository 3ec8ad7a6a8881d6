"""The recordings: for each sentence one message, kept for as long as the sentence is in the catalogs.

A run adds what was not heard before and leaves the rest alone, so that the file changes little.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.sentences import tree
from tests.sentences.listening import ALONE, rank

FILE = Path(__file__).resolve().parent / "said.json"
Json = dict[str, Any]


def take(folder: Path) -> None:
    """Add what one run has heard."""
    heard = [
        json.loads(line)
        for file in sorted(folder.glob("*.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    save(best([*load(), *map(_steady, heard)], kept=len(load())))


def load() -> list[Json]:
    """What is kept, without messages of which a sentence is in the catalogs no more."""
    if not FILE.exists():
        return []
    return [one for one in json.loads(FILE.read_text(encoding="utf-8")) if _current(one)]


def save(entries: Iterable[Json]) -> None:
    lines = sorted(json.dumps(one, ensure_ascii=False, sort_keys=True) for one in entries)
    FILE.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


def sentences(entry: Json) -> list[str]:
    """Those it is made of, buttons too, each once."""
    found = list(tree.ids(entry["said"]))
    for row in entry.get("buttons", []):
        found += [one for label in row for one in tree.ids(label)]
    return list(dict.fromkeys(found))


def best(entries: list[Json], kept: int = 0) -> list[Json]:
    """The messages in which each sentence stands best; of the first `kept`, those that are not alone
    stay where they are."""
    chosen: dict[str, tuple[Any, Json]] = {}
    for number, entry in enumerate(entries):
        if not _current(entry):
            continue
        stays = number < kept and entry["place"] != ALONE
        mark = (not stays, *rank(entry))
        for one in sentences(entry):
            if one not in chosen or mark < chosen[one][0]:
                chosen[one] = mark, entry
    unique = {json.dumps(entry, sort_keys=True): entry for _, entry in chosen.values()}
    return list(unique.values())


def by_sentence(entries: list[Json]) -> dict[str, Json]:
    """The message to show for each sentence."""
    chosen: dict[str, Json] = {}
    for entry in sorted(entries, key=rank):
        for one in sentences(entry):
            chosen.setdefault(one, entry)
    return chosen


def _current(entry: Json) -> bool:
    return all(one in tree.known() for one in sentences(entry))


def _steady(entry: Json) -> Json:
    rows = [[tree.steady(label) for label in row] for row in entry.get("buttons", [])]
    kept = {name: entry[name] for name in ("place", "test", "to", "asked") if entry.get(name)}
    return {"test": "", **kept, "said": tree.steady(entry["said"]), "buttons": rows}
