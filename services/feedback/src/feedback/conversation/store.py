"""Stores conversations that their person asked to keep: sessions, messages, turns.

A session that has expired is gone for its person at once; the worker of retention deletes it within the hour.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import Row

from chassis.handler import Rows
from chassis.message.envelope import new_id
from chassis.storage.person_lock import lock_people
from chassis.web.etag import IfMatch
from chassis.web.listing import Sorts
from chassis.web.patch import Patch, fields_of
from chassis.web.problems import ProblemError
from chassis.web.rows import lock_row, read_row
from feedback.conversation.kept import MOST_MESSAGES, MOST_SESSIONS, Message, SessionFields, TitleFields, Turn
from feedback.conversation.problems import SESSION_ENDED, TOO_MANY
from feedback.conversation.tables import conversation_sessions, conversation_turns, messages

SORTS: Sorts = {"id": conversation_sessions.c.id}
MESSAGE_SORTS: Sorts = {"id": messages.c.id, "number": messages.c.number}
#: a turn has no id, and needs none within its session
TURN_SORTS: Sorts = {"id": conversation_turns.c.session_id, "turn": conversation_turns.c.turn}
_IN_A_TURN = 2


def of_person(person_id: UUID) -> sa.Select[Any]:
    """Selects the sessions of a person that have not expired."""
    of = conversation_sessions.c
    return sa.select(conversation_sessions).where(of.person_id == person_id, of.expires_at > sa.func.now())


def one(session_id: UUID, person_id: UUID) -> sa.Select[Any]:
    """Selects a session of a person."""
    return of_person(person_id).where(conversation_sessions.c.id == session_id)


def messages_of(session_id: UUID) -> sa.Select[Any]:
    """Selects the messages of a session, whose person the caller has compared."""
    return sa.select(messages).where(messages.c.session_id == session_id)


def turns_of(session_id: UUID) -> sa.Select[Any]:
    """Selects the turns of a session, whose person the caller has compared."""
    return sa.select(conversation_turns).where(conversation_turns.c.session_id == session_id)


async def start(rows: Rows, session_id: UUID, person_id: UUID, fields: SessionFields) -> Row[Any]:
    """Starts a session. Raises 409 when the person has `MOST_SESSIONS` of them already."""
    await lock_people(rows, [person_id])  # of two at once, one counts after the other has committed
    own = of_person(person_id).with_only_columns(sa.func.count())
    if (await rows.execute(own)).scalar_one() >= MOST_SESSIONS:
        raise ProblemError(TOO_MANY)
    statement = (
        sa.insert(conversation_sessions)
        .values(
            id=session_id,
            person_id=person_id,
            title=fields.title,
            expires_at=sa.func.now() + timedelta(days=fields.keep_days),
        )
        .returning(conversation_sessions)
    )
    return (await rows.execute(statement)).one()


async def rename(
    rows: Rows, session_id: UUID, person_id: UUID, patch: Patch[TitleFields], if_match: IfMatch
) -> Row[Any]:
    """Changes the title of a session of a person. A patch that changes nothing keeps the version."""
    session = await lock_row(rows, one(session_id, person_id), if_match)
    changes = patch.changes(fields_of(TitleFields, session))
    return await _changed(rows, session_id, changes) if changes else session


async def end(rows: Rows, session_id: UUID, person_id: UUID) -> Row[Any]:
    """Ends a session of a person; one that has ended stays as it is. Raises the 404 of a missing one."""
    session = await read_row(rows, one(session_id, person_id).with_for_update())
    return await _changed(rows, session_id, {"ended_at": sa.func.now()}) if session.ended_at is None else session


async def delete(rows: Rows, session_id: UUID, person_id: UUID, if_match: IfMatch) -> None:
    """Deletes a session of a person, with its messages and turns. Raises the 404 of a missing one."""
    await lock_row(rows, one(session_id, person_id), if_match)
    await rows.execute(sa.delete(conversation_sessions).where(conversation_sessions.c.id == session_id))


async def open_for_turn(rows: Rows, session_id: UUID, person_id: UUID) -> Row[Any]:
    """Reads a session that is to take one more turn. Raises 404, and 409 for one that has ended or is full."""
    session = await read_row(rows, one(session_id, person_id))
    _takes_a_turn(session)
    return session


async def keep_turn(rows: Rows, session_id: UUID, person_id: UUID, turn: Turn) -> int:
    """Adds a turn that is over, with both its messages, and returns its number. Call it once per turn.

    Of an answer that was interrupted the turn holds what was said. An answer of which nothing was said is no message.
    Raises as `open_for_turn` does for what has become of the session since; then nothing is stored.
    """
    session = await read_row(rows, one(session_id, person_id).with_for_update())
    _takes_a_turn(session)
    said: list[dict[str, Any]] = [{"sender": "user", "message_text": turn.said, "source": None, "interrupted": False}]
    if turn.answer:
        interrupted = turn.interrupted_at_ms is not None
        said.append({"sender": "bot", "message_text": turn.answer, "source": turn.source, "interrupted": interrupted})
    whose = {"session_id": session_id, "person_id": person_id}
    numbered = [
        {"id": new_id(), "number": number, **whose, **each}
        for number, each in enumerate(said, start=session.messages + 1)
    ]
    await rows.execute(sa.insert(messages).values(numbered))
    measured = {
        column.name: getattr(turn, column.name) for column in conversation_turns.c if hasattr(turn, column.name)
    }
    number = session.turns + 1
    await rows.execute(sa.insert(conversation_turns).values(**whose, turn=number, **measured))
    counted = {"messages": session.messages + len(said), "turns": number}
    await _changed(rows, session_id, counted)
    return int(number)


async def keep_heard(rows: Rows, session_id: UUID, person_id: UUID, turn: int, characters: int) -> None:
    """Keeps of the last answer, if it is that of the turn, what was heard: its first so many characters.

    An answer of which nothing was heard is no message. One that is shorter stays as it is, and so does all of a session
    that has gone on since. Raises the 404 of a missing session.
    """
    session = await read_row(rows, one(session_id, person_id).with_for_update())
    of = messages.c
    last = (await rows.execute(messages_of(session_id).where(of.number == session.messages))).one_or_none()
    if session.turns != turn or last is None or last.sender != "bot" or characters >= len(last.message_text):
        return
    heard = last.message_text[:characters].rstrip()
    if heard:
        kept = sa.update(messages).where(of.id == last.id).values(message_text=heard, interrupted=True)
        await rows.execute(kept)
        await _changed(rows, session_id, {})
    else:
        await rows.execute(sa.delete(messages).where(of.id == last.id))
        await _changed(rows, session_id, {"messages": session.messages - 1})


async def said_in(rows: Rows, session_id: UUID, last: int = MOST_MESSAGES) -> list[Message]:
    """Reads the last messages of a session, oldest first, as rules and models read them."""
    of = messages.c
    newest = (
        messages_of(session_id).with_only_columns(of.sender, of.message_text).order_by(of.number.desc()).limit(last)
    )
    found = (await rows.execute(newest)).all()
    return [Message("user" if row.sender == "user" else "assistant", row.message_text) for row in reversed(found)]


async def _changed(rows: Rows, session_id: UUID, values: dict[str, Any]) -> Row[Any]:
    """Changes a session that is locked, and returns it as it stands afterwards."""
    of = conversation_sessions.c
    statement = sa.update(conversation_sessions).where(of.id == session_id).values(values | {"version": of.version + 1})
    return (await rows.execute(statement.returning(conversation_sessions))).one()


def _takes_a_turn(session: Row[Any]) -> None:
    if session.ended_at is not None:
        raise ProblemError(SESSION_ENDED)
    if session.messages + _IN_A_TURN > MOST_MESSAGES:
        raise ProblemError(TOO_MANY)
