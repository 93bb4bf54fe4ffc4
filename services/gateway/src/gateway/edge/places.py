"""Counts what runs at a time in this process, by whom it is of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from chassis.web.problems import ProblemError, ProblemType


class Places:
    """Counts what runs, and refuses by a `problem` what is too much."""

    def __init__(self, problem: ProblemType, detail: str | None = None, *, retry_after: int | None = None) -> None:
        self._problem = problem
        self._detail = detail
        self._headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        self._taken: Counter[str] = Counter()

    def take(self, whose: str, most: int) -> AbstractContextManager[None]:
        """Takes a place, which the context gives back. Raises the problem when all are taken."""
        if self._taken[whose] >= most:
            raise ProblemError(self._problem, self._detail, headers=self._headers)
        self._taken[whose] += 1
        return self._held(whose)

    @contextmanager
    def _held(self, whose: str) -> Iterator[None]:
        try:
            yield
        finally:
            self._taken[whose] -= 1
            if not self._taken[whose]:
                del self._taken[whose]
