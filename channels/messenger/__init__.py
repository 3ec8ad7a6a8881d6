"""Messenger, spoken to Meta's Send API directly: a page writes to the people who wrote to it."""

from __future__ import annotations

from channels._kit.graph.spec import graph_spec
from channels.messenger.config import Config

SPEC = graph_spec("messenger", Config, "MessengerChannel", news="marks")
