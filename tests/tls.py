"""Reads the system's certificates once in a process of tests. Each client of HTTP would read them, for 30 to 60 ms."""

from __future__ import annotations

from functools import cache
from importlib import import_module


def read_certificates_once() -> None:
    """Lets all clients of this process that name no certificates share one TLS context."""
    library = vars(import_module("httpcore2"))  # beneath httpx2, which asks it for a context by this name
    library["default_ssl_context"] = cache(library["default_ssl_context"])


def pytest_configure() -> None:
    """Lets the clients of tests share it."""
    read_certificates_once()
