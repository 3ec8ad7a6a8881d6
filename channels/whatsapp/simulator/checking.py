"""Checks a message against the reduced OpenAPI description."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any

import orjson

from channels._kit.graph.simulator.schema import Schema, Wrong
from channels.whatsapp.simulator.errors import refusal

_CODES = {"missing": 131008, "invalid": 131009}  # everything else: 100


@cache
def _schema() -> Schema:
    text = resources.files(__package__).joinpath("cloud_api.json").read_bytes()
    return Schema(orjson.loads(text)["objects"])


def check(name: str, body: dict[str, Any]) -> None:
    """Raises the GraphError for the first thing that is wrong with a request body."""
    try:
        _schema().check(name, body)
    except Wrong as wrong:
        raise refusal(_CODES.get(wrong.kind, 100), wrong.details) from None
