"""Keeps the design notes that a model has written of a session, until something else was said in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.handler import Rows
from chassis.observe.logs import logger
from chassis.storage.database import Database
from chassis.web.failures import is_unavailable
from feedback.conversation.notes import NotesOut
from feedback.conversation.said import Said
from feedback.conversation.tables import conversation_notes, conversation_sessions

_log = logger(__name__)


async def read(rows: Rows, session_id: UUID, said: Sequence[Said]) -> dict[str, Any] | None:
    """Returns the fields of notes that a model has written of just these messages, without title and date; or None."""
    of = conversation_notes.c
    statement = sa.select(of.notes).where(of.session_id == session_id, of.said == _digest(said))
    found: dict[str, Any] | None = (await rows.execute(statement)).scalar_one_or_none()
    return found


class KeptNotes:
    """Keeps notes in the database of sessions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep(self, session_id: UUID, said: Sequence[Said], notes: NotesOut) -> None:
        """Keeps notes in place of older ones; does nothing where their session is gone, or the database away."""
        session = conversation_sessions.c
        values = sa.select(
            session.id,
            session.person_id,
            sa.literal(_digest(said)),
            sa.literal(notes.model_dump(mode="json", exclude={"title", "date"}), conversation_notes.c.notes.type),
        ).where(session.id == session_id)
        adding = insert(conversation_notes).from_select(["session_id", "person_id", "said", "notes"], values)
        new = {"said": adding.excluded.said, "notes": adding.excluded.notes, "created_at": sa.func.now()}
        statement = adding.on_conflict_do_update(index_elements=["session_id"], set_=new)
        try:
            async with self._database.transaction() as tx:
                await tx.execute(statement)
        except Exception as error:
            if not is_unavailable(error):
                raise
            _log.warning("notes are not kept", error=type(error).__name__)


def _digest(said: Sequence[Said]) -> bytes:
    """Returns the SHA-256 of messages, which a change of any of them changes."""
    return hashlib.sha256(json.dumps([[each.role, each.text] for each in said]).encode()).digest()
