"""What a folder of Meta's two channels offers, each part imported when it is first needed."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from broadcast.channel import Lane
from broadcast.channel_spec import ChannelSpec
from channels._kit.graph.config import GraphConfig


def graph_spec(name: str, config: type[GraphConfig], channel: str, *, news: str) -> ChannelSpec:
    """`channel` is the name of the class in the folder's `adapter`; an update that is nothing but
    news of deliveries has the key `news`."""

    def lazily(module: str, what: str) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            return getattr(importlib.import_module(f"channels.{name}.{module}"), what)(
                *given, **named
            )

        return call

    read, lane = lazily("callbacks", "receipts"), lazily("callbacks", "lane")
    return ChannelSpec(
        name=name, config=config, build=lazily("adapter", channel),
        answer=lazily("callbacks", "answer"), order_key=lazily("callbacks", "order_key"),
        names=lazily("callbacks", "names"),
        address=lazily("address", "address"), diagnose=lazily("doctor", "diagnose"),
        lane=lambda update, thorough: Lane.NEWS if news in update else lane(update, thorough),
        receipts=lambda update: read(update) if news in update else None,
        trial=lazily("trial", "trial"),
    )  # fmt: skip
