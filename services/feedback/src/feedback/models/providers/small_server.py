"""Serves the small model on the loopback interface, in a child process: llama.cpp is C++, and its crash ends that."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from chassis.errors import VoxbusError
from feedback.models.small_model import AT_ONCE, CONTEXT, ENGINE


class NotLoaded(VoxbusError):
    """Says that the model's file could not be loaded."""


def serve(path: str, threads: int, key: str) -> Callable[[None], str]:
    """Loads the model and serves it to whoever has the key; returns what answers with the server's address."""
    engine: Any = import_module(ENGINE)
    own = engine.CommonParams()
    own.model.path = path
    own.hostnames, own.port, own.api_keys = ["127.0.0.1"], 0, [key]
    own.ui = own.endpoint_slots = False
    own.n_parallel, own.n_ctx, own.cache_ram_mib = AT_ONCE, AT_ONCE * CONTEXT, 0
    own.cpuparams.n_threads = own.cpuparams_batch.n_threads = threads
    own.verbosity = -1
    try:
        server = engine.Server(own)
    except RuntimeError:
        raise NotLoaded("the model's file cannot be loaded") from None
    address = f"{server.listening_address}/v1"

    def where(_: None, _server: object = server) -> str:
        return address

    return where
