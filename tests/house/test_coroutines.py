"""Routes, and what they depend on, are coroutines: FastAPI has a thread of its pool call a plain function each time."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sources import parsed

ROOT = Path(__file__).parents[2]

#: what a router or an application is asked to serve a function for
_METHODS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "api_route", "websocket"})


def in_threads(module: ast.Module) -> Iterator[str]:
    """Yields the names of the plain functions that a request would wait for a thread for."""
    asked = {
        node.args[0].id
        for node in ast.walk(module)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Depends"
        if node.args and isinstance(node.args[0], ast.Name)
    }
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef) and (node.name in asked or any(map(_serves, node.decorator_list))):
            yield node.name


def _serves(decorator: ast.expr) -> bool:
    return (
        isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Attribute)
        and decorator.func.attr in _METHODS
        and bool(decorator.args)
    )


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("def one(): ...\nOne = Annotated[int, Depends(one)]", ["one"]),
        ("async def one(): ...\nOne = Annotated[int, Depends(one)]", []),
        ("def checked():\n    def check(): ...\n    return Depends(check)", ["check"]),
        ("@router.get('/one')\ndef one(): ...", ["one"]),
        ("@router.get('/one')\nasync def one(): ...", []),
        ("@cache\ndef one(): ...", []),
    ],
)
def test_a_plain_function_is_found(text: str, found: list[str]) -> None:
    assert [*in_threads(ast.parse(text))] == found


def test_no_request_waits_for_a_thread_for_nothing() -> None:
    modules = [path for folder in ("libs", "services") for path in (ROOT / folder).glob("*/src/**/*.py")]
    assert len(modules) > 500
    assert [f"{path.relative_to(ROOT)}: {name}" for path in modules for name in in_threads(parsed(path))] == []
