"""The checks of the fake Cloud API are those of Meta's OpenAPI description, where it is right."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from channels._kit.graph.simulator.errors import GraphError
from channels.whatsapp.generate_cloud_api import RESULT, reduce
from channels.whatsapp.simulator.checking import check

SPEC = (
    Path(__file__).resolve().parents[3]
    / "shared/specs/whatsapp-business-messaging/openapi_v23.0.yaml"
)
pytestmark = pytest.mark.skipif(not SPEC.is_file(), reason="the OpenAPI description is not here")
# What the description's examples show that it does not allow itself, or that needs no type.
_APART = (
    "Catalog",
    "Flow",
    "Multi-Product",
    "Order",
    "Reply to List",
    "Issue Resolution",
    "Preview",
)


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    import yaml

    with SPEC.open(encoding="utf-8") as source:
        return dict(yaml.load(source, Loader=yaml.CSafeLoader))


def test_the_reduced_description_is_up_to_date(description: dict[str, Any]) -> None:
    reduced = reduce(json.loads(json.dumps(description)))
    assert json.loads(RESULT.read_text("utf-8"))["objects"] == reduced["objects"]


def test_metas_own_examples_are_well_formed(description: dict[str, Any]) -> None:
    refused = []
    paths = description["paths"]
    for edge, name in (
        ("messages", "Message"),
        ("marketing_messages", "MarketingMessageRequestPayload"),
    ):
        body = paths[f"/{{Version}}/{{Phone-Number-ID}}/{edge}"]["post"]["requestBody"]
        for title, example in body["content"]["application/json"]["examples"].items():
            value = example["value"]
            if any(word in title for word in _APART):
                continue
            kind = "MarkMessageRequestPayload" if "status" in value else name
            try:
                check(kind, value)
            except GraphError as wrong:
                refused.append((title, wrong.code, wrong.details))
    assert refused == []
