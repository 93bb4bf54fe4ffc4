"""Counts what a resource and a slow verb cost its author, for `make cost`: read from routes, handlers and their source.

Lines are those of files, blank ones too. Of a file that holds other things as well, the definitions count that the
resource uses. Whoever names it in a list counts as edited, with the lines that name it; a handler that uses it, such as
one of a retired kind, is no list. Examples of messages and bodies, with what only they use, migrations and the row of
the conformance suite are counted apart. Generated files count nothing.
"""

from __future__ import annotations

import ast
import configparser
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from chassis.handler import Handler
from chassis.service import Service
from chassis.web.operation import Operation
from contracts import catalogue
from tests.conformance.resources import table
from tests.definitions import Definition, Source, reached, source_of, uses
from voxbus.services import SERVICES

ROOT = Path(__file__).parents[1]
#: a definition that names every message or kind belongs to none of them
_LISTS = [(catalogue.__name__, name) for name in ("OWNERS", "MESSAGES", "JOB_KINDS")]
_CATALOGUE, _CONFORMANCE = catalogue.__name__, table.__name__
_SHARED = ("contracts.base", "contracts.common")


@dataclass
class Cost:
    """Holds the lines of each file by its path: new ones, and those that are edited."""

    name: str
    new: dict[str, int] = field(default_factory=dict)
    edited: dict[str, int] = field(default_factory=dict)
    #: lines that count apart
    examples: int = 0
    migration: int = 0
    conformance: int = 0

    @property
    def files(self) -> int:
        """Returns the number of files to touch."""
        return len(self.new) + len(self.edited)

    @property
    def lines(self) -> int:
        """Returns the number of lines to write."""
        return sum(self.new.values()) + sum(self.edited.values())

    def line(self) -> str:
        """Returns the line of `make cost`."""
        files = f"{len(self.new)} files" if self.new else f"{self.files} files"
        apart = {"examples": self.examples, "migration": self.migration, "conformance": self.conformance}
        parts = [f"{len(self.edited)} edited"] if self.new else []
        parts += [f"{what} {lines}" for what, lines in apart.items() if lines]
        return f"{self.name:<28} {files:>8} {self.lines:>4} lines   {', '.join(parts)}".rstrip()


def resources(services: Sequence[Service] = SERVICES) -> list[Cost]:
    """Counts each module of quick routes."""
    found: defaultdict[str, list[Operation]] = defaultdict(list)
    owners: dict[str, Service] = {}
    for service, operation in _operations(services):
        if operation.job is None:
            found[operation.function.__module__].append(operation)
            owners[operation.function.__module__] = service
    return [_resource(owners[module], module, operations) for module, operations in found.items()]


def slow_verbs(services: Sequence[Service] = SERVICES) -> list[Cost]:
    """Counts each operation that proposes a job: what it, its messages and handlers use that nothing else does."""
    return [_slow_verb(services, service, operation) for service, operation in _operations(services) if operation.job]


def _operations(services: Iterable[Service]) -> Iterator[tuple[Service, Operation]]:
    for service in services:
        for routes in service.routes:
            for operation in routes.operations:
                yield service, operation


def _resource(service: Service, module: str, operations: Sequence[Operation]) -> Cost:
    folder, _, last = module.rpartition(".")
    held = reached((_defined(operation.function) for operation in operations), [folder, "contracts"], _LISTS)
    held = {definition for definition in held if definition.module not in _SHARED}
    cost = Cost("/".join([*folder.split(".")[-2:], *([] if last == "routes" else [last])]))
    modules = {definition.module for definition in held if _within(definition.module, folder)}
    for source in map(_source, modules | {folder} - {service.open.__module__}):
        others = _others(source, held)
        examples = _examples(source, held)
        cost.new[_shown(source)] = source.lines - len(others | examples)
        cost.examples += len(examples)
    handling = {handler.function.__module__ for handler in service.handlers}
    lists = [name for name in _lists(service, folder) if name not in handling]
    _count_outside(cost, held, [*lists, *_contracts(held)])
    _count_import_rules(cost, folder, modules)
    cost.conformance = _conformance(operations)
    cost.migration = _migration(service, held)
    return cost


def _slow_verb(services: Sequence[Service], owner: Service, operation: Operation) -> Cost:
    assert operation.job is not None
    steps = {step.handler for step in operation.job.steps}
    facts = {step.done for step in operation.job.steps}
    own, others = [_defined(operation.function)], list[Definition]()
    lists = {*_lists(owner, operation.function.__module__.rpartition(".")[0])}
    for service in services:
        for handler in service.handlers:
            takes_part = f"{service.name}.{handler.name}" in steps or handler.message in facts
            (own if takes_part else others).append(_handler(handler))
            if takes_part:
                lists |= {*_lists(service, _handler(handler).module)}
    others += [_defined(each.function) for _, each in _operations(services) if each is not operation]
    packages = [*{_package(service) for service in services}, "contracts"]
    held = reached(own, packages, _LISTS) - reached(others, packages, _LISTS)
    held = {definition for definition in held if definition.module not in _SHARED}
    cost = Cost(operation.id)
    _count_outside(cost, held, {*lists, *(definition.module for definition in held), _CATALOGUE})
    return cost


def _count_outside(cost: Cost, held: set[Definition], modules: Iterable[str]) -> None:
    """Counts in modules that are others' as well: the definitions held, and the lines that name these."""
    for source in map(_source, dict.fromkeys(modules)):
        examples = _examples(source, held)
        lines = (_inside(source, held) | _naming(source, held)) - examples
        cost.examples += len(examples)
        if lines:
            cost.edited[_shown(source)] = len(lines)


def _inside(source: Source, held: set[Definition]) -> set[int]:
    return {line for each in held if each.module == source.module for line in range(each.first, each.last + 1)}


def _others(source: Source, held: set[Definition]) -> set[int]:
    """Returns the lines of a module that are there for something else: definitions, blank lines before, imports."""
    others = source.nodes.keys() - held
    text = source.path.read_text(encoding="utf-8").splitlines()
    lines = _naming(source, {*others}) - _inside(source, held)
    for other in others:
        first = other.first
        while first > 1 and not text[first - 2].strip():
            first -= 1
        lines |= {*range(first, other.last + 1)}
    return lines


def _naming(source: Source, held: set[Definition]) -> set[int]:
    """Returns the lines of a module that name what is held, and those of imports that nothing else there needs."""
    lines, named, others = set[int](), set[str](), set[str]()
    own = [each for each in held if each.module == source.module]
    for expression in source.expressions:
        if not held.isdisjoint(expression.uses):
            lines.add(expression.line)
            named.add(expression.name)
        elif any(each.first <= expression.line <= each.last for each in own):
            named.add(expression.name)
        else:
            others.add(expression.name)
    for each in source.imports:
        if named & each.names.keys() and not others & each.names.keys():
            lines |= {*range(each.first, each.last + 1)}
    return lines


def _examples(source: Source, held: set[Definition]) -> set[int]:
    """Returns the lines of the examples in what is held of a module, and of what nothing but an example uses."""
    examples: list[ast.stmt] = [
        inner
        for definition, node in source.nodes.items()
        if definition in held and isinstance(node, ast.ClassDef)
        for inner in node.body
        if isinstance(inner, ast.Assign) and _is_example(source, inner)
    ]
    inside = {id(node) for example in examples for node in ast.walk(example)}
    helping = {each for example in examples for each in uses(source, example) if each.module == source.module}
    for node in source.nodes.values():
        rest = [each for each in ast.walk(node) if id(each) not in inside and isinstance(each, ast.Name)]
        if node not in [source.nodes[each] for each in helping]:
            helping -= {used for each in rest for used in uses(source, each)}
    nodes = [*examples, *(source.nodes[each] for each in helping)]
    return {line for node in nodes for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)}


def _is_example(source: Source, assigned: ast.Assign) -> bool:
    """Tells whether an assignment makes examples: by itself, or by a function of its module."""
    made_by = [source.nodes[each] for each in uses(source, assigned) if each.module == source.module]
    return any("'examples'" in ast.dump(node) for node in (assigned, *made_by))


def _lists(service: Service, folder: str) -> list[str]:
    """Names the modules of a service that are no vertical's: its own settings and tables, and what composes it."""
    package = _package(service)
    flat = re.compile(rf"{re.escape(package)}\.\w+")
    found = [name for name in sys.modules if flat.fullmatch(name) and not hasattr(sys.modules[name], "__path__")]
    return [service.open.__module__, *(name for name in sorted(found) if not _within(name, folder))]


def _contracts(held: set[Definition]) -> list[str]:
    return [*{each.module for each in held if _within(each.module, "contracts")}, _CATALOGUE]


def _count_import_rules(cost: Cost, folder: str, modules: Iterable[str]) -> None:
    """Counts the lines of the import rules that name a vertical, or those of its modules that no other has.

    A rule that is its own counts whole.
    """
    rules = configparser.ConfigParser()
    rules.read(ROOT / ".importlinter", encoding="utf-8")
    parent, _, name = folder.rpartition(".")
    lines = 0
    for section in rules.values():
        containers = section.get("containers", "").split()
        others = [each for each in containers if each != folder]
        if containers == [folder]:
            lines += 1 + sum(value.count("\n") + 1 for value in section.values())
        elif folder in containers:
            last = {module.rpartition(".")[2] for module in modules if _within(module, folder)}
            own = {each for each in last if not any(f"{other}.{each}" in sys.modules for other in others)}
            lines += 1 + _naming_any(section["layers"], own)
        elif parent in containers:
            lines += _naming_any(section["layers"], {name})
    if lines:
        cost.edited[".importlinter"] = lines


def _naming_any(layers: str, names: set[str]) -> int:
    return sum(not names.isdisjoint(re.findall(r"\w+", line)) for line in layers.splitlines())


def _conformance(operations: Iterable[Operation]) -> int:
    """Returns the lines of the rows about these paths in the table of the conformance suite."""
    paths = {operation.path for operation in operations}
    return sum(
        (node.end_lineno or node.lineno) - node.lineno + 1
        for node in ast.walk(_source(_CONFORMANCE).tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
        if keyword.arg == "path" and isinstance(keyword.value, ast.Constant) and keyword.value.value in paths
    )


def _migration(service: Service, held: set[Definition]) -> int:
    """Returns the lines of the migrations that create the tables."""
    names = [
        inner.args[0].value
        for definition in held
        for inner in ast.walk(_source(definition.module).nodes[definition])
        if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute) and inner.func.attr == "Table"
        if isinstance(inner.args[0], ast.Constant)
    ]
    creates = re.compile(rf"CREATE TABLE (?:IF NOT EXISTS )?(?:{'|'.join(map(str, names))})\b")
    texts = [path.read_text(encoding="utf-8") for path in (service.migrations / "versions").glob("*.py")]
    return sum(len(text.splitlines()) for text in texts if names and creates.search(text))


def _defined(function: object) -> Definition:
    """Returns the definition of a function."""
    return _source(function.__module__).own[function.__name__]  # type: ignore[attr-defined]


def _handler(handler: Handler) -> Definition:
    return _defined(handler.function)


def _source(module: str) -> Source:
    source = source_of(module)
    assert source is not None, module
    return source


def _package(service: Service) -> str:
    module = service.open.__module__
    return module if hasattr(sys.modules[module], "__path__") else module.rpartition(".")[0]


def _within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def _shown(source: Source) -> str:
    return str(source.path.relative_to(ROOT))


if __name__ == "__main__":
    for found in (resources(), slow_verbs()):
        for cost in found:
            print(cost.line())
