"""Runs a quick write until its outcome is known; redoes it if that is safe, and replays one that was done.

The answers mean this (SEMANTICS, “Quick writes”): a 503 marked as not written means that it never will be written; 504
means that the outcome is unknown. Checked by the model `m9_quick`.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from starlette.responses import Response

from chassis.storage.errors import constraint_of, is_outage, sqlstate
from chassis.web.answer import REPLAYED, answer_write, id_of, version_of
from chassis.web.call import Call
from chassis.web.context import DeadlinePassed, Incoming, OwnerContext
from chassis.web.failures import LOCK_TIMEOUT, is_unavailable, problem_of
from chassis.web.idempotency import Claim, RecordVanished, Replayed, claim_of, fingerprint_of
from chassis.web.operation import Operation
from chassis.web.problems import BUSY, OUTCOME_UNKNOWN, ProblemError, not_written
from chassis.web.proposal import Proposal

#: times that a function is called again after a deadlock or serialization failure
REDO_MAX = 3
_REDO = frozenset({"40001", "40P01"})
#: the server has cancelled a statement, so the outcome of a commit is known
_CANCELLED = "57014"
#: seconds, times the number of tries so far
_PAUSE_S = 0.02


async def run_write(
    operation: Operation, context: OwnerContext, incoming: Incoming, values: Mapping[str, Any]
) -> Response:
    """Runs the function of a write and returns its answer. Raises `ProblemError`."""
    if operation.emits and context.outbox.over_budget:
        raise not_written(BUSY)
    claim = _claim(operation, context, incoming, _path_id(values))
    outcome = _Outcome(operation)
    while True:
        call: Call[Any] = Call(context, incoming, if_match=operation.if_match, claim=claim, emits=operation.emits)
        try:
            async with call:
                value = await operation.function(**values, call=call)
                if isinstance(value, Proposal):
                    raise _Proposed(value)
                await call.commit(id_of(value) or _path_id(values), version_of(value))
            return answer_write(operation, incoming, value, status=call.status or operation.success_of_write)
        except _Proposed as proposed:
            return proposed.proposal.answer()
        except Replayed as record:
            return await _replay(operation, context, incoming, record)
        except Exception as error:
            await outcome.after(error, call)


class _Proposed(Exception):
    """Ends the transaction of a slow verb that writes nothing now, the claim of its key included."""

    def __init__(self, proposal: Proposal) -> None:
        super().__init__(proposal.kind.name)
        self.proposal = proposal


class _Outcome:
    """Decides after each failed try whether there is another, and which problem the caller gets if not."""

    def __init__(self, operation: Operation) -> None:
        self._operation = operation
        self._tries = 0
        self._redone = 0
        #: whether a commit may have been applied, or may still be applied
        self._unknown = False

    async def after(self, error: Exception, call: Call[Any]) -> None:
        """Returns when the function has to be called again; else raises the problem that ends the request."""
        if call.answered:  # an earlier transaction that had the key has ended, and was not committed
            self._unknown = False
        if call.committing and is_outage(error) and _state(error) != _CANCELLED:
            self._unknown = True
        elif _state(error) in _REDO and self._redone < REDO_MAX:
            self._redone += 1
        elif not (isinstance(error, RecordVanished) or (self._unknown and is_unavailable(error))):
            raise self._problem(error, call)
        self._tries += 1
        try:
            await asyncio.sleep(min(call.left(), random.uniform(0.5, 1.5) * _PAUSE_S * self._tries))
        except DeadlinePassed as late:
            raise self._problem(late, call) from error

    def _problem(self, error: Exception, call: Call[Any]) -> ProblemError:
        conflict = constraint_of(error) if isinstance(error, DBAPIError) else None
        if self._unknown:
            return ProblemError(OUTCOME_UNKNOWN)
        if conflict is not None and conflict in self._operation.conflicts:
            return ProblemError(self._operation.conflicts[conflict])
        if _state(error) == LOCK_TIMEOUT and not call.answered:
            return ProblemError(BUSY)  # another request with this key is at work, and its outcome is not known yet
        if is_unavailable(error) or _state(error) in _REDO:
            return not_written()
        return problem_of(error, self._operation.id)


async def _replay(operation: Operation, context: OwnerContext, incoming: Incoming, record: Replayed) -> Response:
    """Answers from the record: with the present resource, or 404 when it is gone."""
    if operation.replay is None:
        return answer_write(operation, incoming, None, status=record.status, replayed=True)
    try:
        async with Call[Any](context, incoming) as call:
            value = await operation.replay(record.resource_id, call)
    except ProblemError as problem:
        problem.headers[REPLAYED] = "true"
        raise
    except Exception as error:
        if is_unavailable(error):  # it was written, so 503 would be wrong
            raise ProblemError(OUTCOME_UNKNOWN) from error
        raise
    return answer_write(operation, incoming, value, status=record.status, replayed=True)


def _claim(operation: Operation, context: OwnerContext, incoming: Incoming, resource_id: UUID | None) -> Claim:
    return claim_of(
        person=incoming.principal.id,
        about=incoming.principal.acting_for,
        route=operation.route,
        key=incoming.idempotency_key,
        operation_id=incoming.operation_id,
        fingerprint=fingerprint_of(context.key, incoming.target, incoming.body),
        previous=context.previous_key and fingerprint_of(context.previous_key, incoming.target, incoming.body),
        status=operation.success_of_write,
        resource_id=resource_id,
    )


def _state(error: Exception) -> str | None:
    return sqlstate(error) if isinstance(error, DBAPIError) else None


def _path_id(values: Mapping[str, Any]) -> UUID | None:
    """Returns the resource that the path names, for a route that returns nothing."""
    found = values.get("id")
    return found if isinstance(found, UUID) else None
