"""Reads which definitions of imported modules use which others, from their source."""

from __future__ import annotations

import ast
import sys
from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path

from tests.sources import parsed


@dataclass(frozen=True, order=True)
class Definition:
    """Names a class, a function or a variable of a module; `first` and `last` are the numbers of its lines."""

    module: str
    name: str
    first: int = field(compare=False)
    last: int = field(compare=False)

    @property
    def lines(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True)
class Import:
    """Binds names of one import statement: each to a module, or to something that a module defines."""

    first: int
    last: int
    names: dict[str, tuple[str, str | None]]


@dataclass(frozen=True)
class Expression:
    """Holds a name that a module uses, and what it stands for."""

    line: int
    name: str
    uses: frozenset[Definition]


@dataclass
class Source:
    """Holds what one module defines and imports."""

    module: str
    path: Path
    lines: int
    tree: ast.Module
    nodes: dict[Definition, ast.stmt] = field(default_factory=dict)
    imports: list[Import] = field(default_factory=list)

    @cached_property
    def own(self) -> dict[str, Definition]:
        return {definition.name: definition for definition in self.nodes}

    @cached_property
    def bound(self) -> dict[str, tuple[str, str | None]]:
        return {name: what for each in self.imports for name, what in each.names.items()}

    @cached_property
    def expressions(self) -> list[Expression]:
        """Returns the names of the module, each with the attribute that is read of it, and what they use."""
        found = [node for node in ast.walk(self.tree) if isinstance(node, (ast.Name, ast.Attribute))]
        inner = {id(node.value) for node in found if isinstance(node, ast.Attribute)}
        expressions = []
        for node in found:
            name = node.value if isinstance(node, ast.Attribute) else node
            if isinstance(name, ast.Name) and id(node) not in inner:
                expressions.append(Expression(node.lineno, name.id, frozenset(uses(self, node))))
        return expressions


@cache
def source_of(module: str) -> Source | None:
    """Reads a module that has been imported; None for one without a source file."""
    path = Path(getattr(sys.modules.get(module), "__file__", None) or "")
    if path.suffix != ".py":
        return None
    text = path.read_text(encoding="utf-8")
    source = Source(module, path, len(text.splitlines()), parsed(path))
    for node in source.tree.body:
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            source.imports.append(_import(node, node.module))
        for name in _names(node):
            source.nodes[Definition(module, name, _first(node), node.end_lineno or node.lineno)] = node
    return source


def _import(node: ast.ImportFrom, module: str) -> Import:
    names: dict[str, tuple[str, str | None]] = {}
    for alias in node.names:
        inner = f"{module}.{alias.name}"
        names[alias.asname or alias.name] = (inner, None) if inner in sys.modules else (module, alias.name)
    return Import(node.lineno, node.end_lineno or node.lineno, names)


def _names(node: ast.stmt) -> list[str]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return [node.name]
        case ast.Assign():
            return [target.id for target in node.targets if isinstance(target, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
        case _:
            return []


def _first(node: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def uses(source: Source, node: ast.AST) -> Iterator[Definition]:
    """Yields what a piece of a module's source uses: names of the module, and what they are imported from."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            if inner.id in source.own:
                yield source.own[inner.id]
            module, name = source.bound.get(inner.id, ("", None))
            yield from _defined(module, name)
        elif isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name):
            module, name = source.bound.get(inner.value.id, ("", None))
            if name is None:
                yield from _defined(module, inner.attr)


def _defined(module: str, name: str | None) -> Iterator[Definition]:
    """Yields the definition of an imported name, also where the module only passes it on."""
    source = source_of(module) if name is not None else None
    if source is None or name is None:
        return
    if name in source.own:
        yield source.own[name]
    elif name in source.bound:
        yield from _defined(*source.bound[name])


def reached(
    starts: Iterable[Definition], within: Iterable[str], without: Container[tuple[str, str]] = ()
) -> set[Definition]:
    """Returns what these definitions use, directly or not, in the packages named; themselves included.

    `without` are modules and names that are not followed: lists of everything there is.
    """
    packages, found = tuple(within), set[Definition]()
    waiting = list(starts)
    while waiting:
        definition = waiting.pop()
        if definition in found or (definition.module, definition.name) in without:
            continue
        if not any(_is_in(definition.module, package) for package in packages):
            continue
        found.add(definition)
        waiting += _used_by(definition)
    return found


@cache
def _used_by(definition: Definition) -> frozenset[Definition]:
    source = source_of(definition.module)
    assert source is not None
    return frozenset(uses(source, source.nodes[definition]))


def _is_in(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")
