"""WhatsApp, spoken to Meta's Cloud API directly: thin, opaque ids kept as they are."""

from __future__ import annotations

from dataclasses import replace

from channels._kit.graph.spec import graph_spec
from channels.whatsapp import names
from channels.whatsapp.config import Config

SPEC = replace(
    graph_spec("whatsapp", Config, "WhatsAppChannel", news="statuses"),
    spellings=names.spellings_of, phone=names.phone_of,
)  # fmt: skip
