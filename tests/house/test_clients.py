"""Tests wait as long as a slow machine takes: an HTTP client gives up after 5 s unless it is told otherwise."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
_CLIENTS = frozenset({"AsyncClient", "Client"})
_CALLS = frozenset({"get", "post", "put", "patch", "delete", "request", "stream"})
#: what says how long it may take: `transport` is a call in this process, which has no limit
_SAID = frozenset({"timeout", "transport"})


def impatient(text: str) -> Iterator[int]:
    """Yields the lines on which httpx2 is used with its own limit."""
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call) or _SAID & {keyword.arg for keyword in node.keywords}:
            continue
        match node.func:
            case ast.Name("AsyncClient"):
                yield node.lineno
            case ast.Attribute(ast.Name("httpx2"), name) if name in _CLIENTS | _CALLS:
                yield node.lineno


def test_the_limit_of_a_client_is_said() -> None:
    assert [*impatient("httpx2.get(url)\nAsyncClient(base_url=url)\nhttpx2.Client(transport=one)")] == [1, 2]
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for folder in ("tests", "libs", "services", "voxbus")
        for path in (ROOT / folder).rglob("*.py")
        if "tests" in path.parts and "httpx2" in (text := path.read_text(encoding="utf-8"))
        for line in impatient(text)
    ]
    assert found == []
