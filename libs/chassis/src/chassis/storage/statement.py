"""Marks statements: those that may be asked once more, and those of SQLAlchemy Core that are compiled once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.engine import Dialect, IteratorResult, Result
from sqlalchemy.engine.result import SimpleResultMetaData
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import Executable, ReturnsRows

E = TypeVar("E", bound=Executable)

_CONSTANT = "voxbus_constant"


class Repeatable(str):
    """Is a statement that leaves the same behind and answers the same when it is done twice.

    Reads are, and writes that find themselves done. Where the connection of such a statement is lost, its outcome
    unknown, `Database.fetch` asks once more on another one.
    """

    __slots__ = ()


def constant(statement: E) -> E:
    """Marks a Core statement that a module makes once, and that is run so often that its cost counts.

    It is compiled once and goes to the driver as text, which takes a quarter of the processor time of SQLAlchemy's way
    there. What differs is named by a `bindparam`; no list expands (`among` takes an array). Its rows have no columns
    by `Column`, only by name.
    """
    return statement.execution_options(**{_CONSTANT: True})


def insert_of(table: sa.Table, names: Iterable[str]) -> Insert:
    """Returns the insert of a row of columns with these names, whose parameters have the same names."""
    return insert(table).values({name: sa.bindparam(name, type_=table.c[name].type) for name in names})


@dataclass(frozen=True, slots=True)
class Compiled:
    """Holds the text of a constant statement, and by position the parameters that it has."""

    text: str
    parameters: Sequence[tuple[str, Any, Any]]
    keys: Sequence[str] | None

    def values(self, given: Mapping[str, Any]) -> list[object]:
        """Returns the parameters in their order, as the driver takes them."""
        found = [given.get(name, own) for name, own, _ in self.parameters]
        return [
            value if process is None else process(value)
            for value, (_, _, process) in zip(found, self.parameters, strict=True)
        ]

    def result(self, rows: Sequence[Any]) -> Result[Any]:
        """Returns the driver's rows as SQLAlchemy's."""
        keys = self.keys if self.keys is not None else [*rows[0].keys()] if rows else []
        return IteratorResult(SimpleResultMetaData(keys), map(tuple, rows))


_compiled: WeakKeyDictionary[Executable, Compiled] = WeakKeyDictionary()


def compiled(statement: Executable, dialect: Dialect) -> Compiled | None:
    """Returns how a constant statement goes to the driver; None for any other."""
    if _CONSTANT not in statement.get_execution_options():
        return None
    found = _compiled.get(statement)
    if found is None:
        found = _compiled[statement] = _compile(statement, dialect)
    return found


def _compile(statement: Executable, dialect: Dialect) -> Compiled:
    copied = statement.execution_options()  # what is compiled keeps what it returns, also for copies that return more
    made = copied.compile(dialect=dialect)  # type: ignore[attr-defined]  # of every statement that can be run
    assert isinstance(made, SQLCompiler)
    own = made.params
    parameters = [
        (name, own[name], made.binds[name].type.dialect_impl(dialect).bind_processor(dialect))
        for name in made.positiontup or ()
    ]
    keys = [*copied.exported_columns.keys()] if isinstance(copied, ReturnsRows) else None
    return Compiled(made.string, parameters, keys)
