"""Keeps what was said in a spoken conversation whose person asked for it, turn by turn, once a turn is over."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import UUID

from chassis.observe.logs import logger
from chassis.storage.database import Database
from chassis.web.failures import is_unavailable
from chassis.web.problems import ProblemError, not_found
from feedback.conversation import store
from feedback.conversation.kept import Turn

#: stands for what somebody has said of which there is no transcript: the client has not asked for one
NO_TRANSCRIPT = "(spoken, without a transcript)"
#: characters of a message that is kept
_LONGEST = 8_000

_log = logger(__name__)


class Transcript:
    """Keeps the turns of one spoken conversation in a session of a person, in order."""

    def __init__(self, database: Database, session_id: UUID, person: UUID) -> None:
        self._database = database
        self._session_id = session_id
        self._person = person
        self._last: asyncio.Task[None] | None = None

    def add(self, turn: Turn) -> None:
        """Keeps a turn, after those before it. One of which nothing was said is none."""
        if turn.said or turn.answer:
            said, answer = (turn.said or NO_TRANSCRIPT)[:_LONGEST], turn.answer[:_LONGEST]
            self._last = asyncio.create_task(self._keep(replace(turn, said=said, answer=answer), self._last))

    async def all_kept(self) -> None:
        """Returns when nothing is being kept any more."""
        if self._last is not None:
            await asyncio.wait([self._last])

    async def _keep(self, turn: Turn, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        try:
            async with self._database.transaction() as tx:
                await store.keep_turn(tx, self._session_id, self._person, turn)
        except ProblemError:
            pass  # it has ended, is full, or was deleted meanwhile
        except Exception as error:
            if not is_unavailable(error):
                raise
            _log.warning("a spoken turn is not kept", error=type(error).__name__)


async def transcript_of(database: Database, named: str | None, person: UUID | None) -> Transcript | None:
    """Returns what keeps the turns in the session that a client has named; None where it has named none.

    Raises 404 for one that is not a session of the caller's, and 409 for one that has ended or is full.
    """
    if named is None:
        return None
    try:
        session_id = UUID(named)
    except ValueError:
        raise not_found() from None
    if person is None:
        raise not_found()
    async with database.transaction() as tx:
        await store.open_for_turn(tx, session_id, person)
    return Transcript(database, session_id, person)
