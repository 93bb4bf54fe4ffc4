"""Notes which rows a transaction writes, from what its statements return: no table is looked through for them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Result
from sqlalchemy.sql.expression import Executable

#: a row's primary key
RowKey = tuple[Any, ...]
Execute = Callable[[Executable, Any], Awaitable[Result[Any]]]


class Written:
    """Collects the keys of rows that were inserted, changed or deleted, by table.

    What a trigger, a foreign key, a text statement or a list of changes writes is not here: whoever reads `keys` holds
    `counts` against what the server has counted.
    """

    def __init__(self) -> None:
        self.keys: defaultdict[str, set[RowKey]] = defaultdict(set)
        self.counts: Counter[str] = Counter()

    async def execute(self, behind: Execute, statement: Executable, parameters: Any) -> Result[Any]:
        """Runs a Core statement; one that writes returns its rows' keys as well, which the caller does not see."""
        if not isinstance(statement, (sa.Insert, sa.Update, sa.Delete)) or not isinstance(statement.table, sa.Table):
            return await behind(statement, parameters)
        key = list(statement.table.primary_key)
        if not key or (isinstance(parameters, list) and not isinstance(statement, sa.Insert)):
            return await behind(statement, parameters)
        own = len(statement.returning_column_descriptions)
        result = await behind(statement.returning(*key), parameters)
        if not own:
            self._note(statement.table.name, [tuple(row) for row in result.all()])
            return result
        frozen = result.freeze()
        self._note(statement.table.name, [tuple(row)[own:] for row in frozen().all()])
        return frozen().columns(*range(own))

    def _note(self, table: str, keys: list[RowKey]) -> None:
        self.keys[table].update(keys)
        self.counts[table] += len(keys)
