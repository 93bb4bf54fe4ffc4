"""Parses the repository's Python for the tests that look through all of it, which one worker does for what they share.

To parse the product takes a second and a half, and as long again where the garbage collector looks meanwhile at all
that is made; that of all tests takes as long.
"""

from __future__ import annotations

import ast
import gc
from collections.abc import Iterator
from functools import cache
from pathlib import Path


def parsed(path: Path) -> ast.Module:
    """Returns the tree of a module, which is not to be changed. Those of the product are kept."""
    return _kept(path) if "src" in path.parts else _parsed(path)


@cache
def _kept(path: Path) -> ast.Module:
    return _parsed(path)


def _parsed(path: Path) -> ast.Module:
    collects = gc.isenabled()
    gc.disable()  # a tree has no circles
    try:
        return ast.parse(path.read_bytes())
    finally:
        if collects:
            gc.enable()


def statements(tree: ast.Module) -> Iterator[ast.AST]:
    """Yields the module and its statements, those within others too: a tenth of all nodes."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        for block in ("body", "orelse", "finalbody", "handlers", "cases"):
            waiting += reversed(getattr(node, block, ()))
