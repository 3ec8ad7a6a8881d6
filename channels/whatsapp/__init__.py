"""WhatsApp, spoken to Meta's Cloud API directly: thin, opaque ids kept as they are."""

from __future__ import annotations

from channels._kit.graph_spec import graph_spec
from channels.whatsapp.config import Config

SPEC = graph_spec("whatsapp", Config, "WhatsAppChannel", news="statuses")
