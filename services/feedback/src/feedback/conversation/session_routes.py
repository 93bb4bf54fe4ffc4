"""Serves conversations that their person asked to keep, and the design notes of one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Protocol
from uuid import UUID

from pydantic import Field

from chassis.handler import Deps
from chassis.web.answer import JSON
from chassis.web.cache import NO_STORE
from chassis.web.call import Call
from chassis.web.direct import DirectResponse, whole
from chassis.web.listing import Listed, ListQuery, listing, read_page
from chassis.web.operation import Written
from chassis.web.patch import Patch
from chassis.web.principal import Principal
from chassis.web.problems import CONSENT_REQUIRED, ProblemError
from chassis.web.routes import Routes
from chassis.web.rows import read_row
from feedback.conversation import kept_notes, store
from feedback.conversation.kept import (
    ConversationMessageOut,
    ConversationSessionOut,
    ConversationTurnOut,
    SessionFields,
    TitleFields,
)
from feedback.conversation.notes import NotesOut, as_markdown, design_notes, grounded
from feedback.conversation.problems import TOO_MANY
from feedback.conversation.said import Said
from feedback.conversation.schemas import NotesRequest

routes = Routes("conversation")

#: seconds that notes by a model may take where nothing is stored; those of a session have what a read has
_NOTES_S = 30
#: seconds that are left to answer once a model has written, or has not
_SPARE_S = 1.0
#: the title of notes of a session without one
UNTITLED = "Design session"
MARKDOWN = Written("text/markdown", as_markdown)


class SessionQuery(ListQuery):
    """Asks for a page of sessions."""

    sort: Annotated[Literal["-id", "id"], Field(description="`-id`: newest first.")] = "-id"


class MessageQuery(ListQuery):
    """Asks for a page of messages."""

    sort: Annotated[Literal["number", "-number"], Field(description="`number`: oldest first.")] = "number"


class TurnQuery(ListQuery):
    """Asks for a page of turns."""

    sort: Annotated[Literal["turn", "-turn"], Field(description="`turn`: oldest first.")] = "turn"


class Keep(Protocol):
    """Describes what keeps notes that a model has written of a session's messages."""

    def __call__(self, session_id: UUID, said: Sequence[Said], notes: NotesOut) -> Awaitable[None]: ...


class Refine(Protocol):
    """Describes what makes better notes of the rules' notes, by a model, where one may be asked for this person.

    `within`: the seconds that it may take. Returns None where no model may, or none could: then the rules' notes stand.
    """

    def __call__(
        self, notes: NotesOut, messages: Sequence[Said], person: Principal, within: float
    ) -> Awaitable[NotesOut | None]: ...


async def by_rules_alone(
    notes: NotesOut, messages: Sequence[Said], person: Principal, within: float
) -> NotesOut | None:
    """Asks no model."""
    return None


async def keep_nothing(session_id: UUID, said: Sequence[Said], notes: NotesOut) -> None:
    """Keeps no notes."""


@dataclass(frozen=True, kw_only=True)
class SessionDeps(Deps):
    """Holds what the routes use besides the database."""

    refine: Refine = by_rules_alone
    keep: Keep = keep_nothing


@routes.get("/api/conversation/sessions", access=("own",))
async def list_conversation_sessions(query: SessionQuery, call: Call) -> Listed[ConversationSessionOut]:
    """Lists one's own conversations that are kept, newest first."""
    page = listing(store.of_person(call.caller), query, filters={}, sorts=store.SORTS)
    return await read_page(call.rows, page, query, ConversationSessionOut.model_validate)


@routes.get("/api/conversation/sessions/{id}", access=("own",))
async def read_conversation_session(id: UUID, call: Call) -> ConversationSessionOut:
    """Shows a conversation of one's own."""
    return ConversationSessionOut.model_validate(await read_row(call.rows, store.one(id, call.caller)))


@routes.post(
    "/api/conversation/sessions",
    access=("own",),
    replay=read_conversation_session,
    problems=(CONSENT_REQUIRED, TOO_MANY),
    emits=False,
)
async def start_conversation_session(body: SessionFields, call: Call) -> ConversationSessionOut:
    """Starts a conversation that is kept: only requests that name it are stored, each after its answer.

    Nothing else of a conversation is ever stored. It is deleted with all its messages after `keep_days`, with the
    account, or at once by DELETE. Who is under the age of consent, or of unknown age, may not start one.
    """
    async with call.unit() as unit:
        if call.principal.age_band != "of_age":
            raise ProblemError(CONSENT_REQUIRED)
        return ConversationSessionOut.model_validate(await store.start(unit, call.id, call.caller, body))


@routes.patch("/api/conversation/sessions/{id}", access=("own",), replay=read_conversation_session, emits=False)
async def rename_conversation_session(id: UUID, patch: Patch[TitleFields], call: Call) -> ConversationSessionOut:
    """Changes the title of a conversation of one's own; null takes it away."""
    async with call.unit() as unit:
        session = await store.rename(unit, id, call.caller, patch, call.if_match)
        return ConversationSessionOut.model_validate(session)


@routes.post(
    "/api/conversation/sessions/{id}/end",
    access=("own",),
    status=200,
    replay=read_conversation_session,
    emits=False,
)
async def end_conversation_session(id: UUID, call: Call) -> ConversationSessionOut:
    """Ends a conversation of one's own: it takes no more messages. Ending it again changes nothing."""
    async with call.unit() as unit:
        return ConversationSessionOut.model_validate(await store.end(unit, id, call.caller))


@routes.delete("/api/conversation/sessions/{id}", access=("own",), emits=False)
async def delete_conversation_session(id: UUID, call: Call) -> None:
    """Deletes a conversation of one's own, with all its messages and turns."""
    async with call.unit() as unit:
        await store.delete(unit, id, call.caller, call.if_match)


@routes.get("/api/conversation/sessions/{id}/messages", access=("own",))
async def list_conversation_messages(id: UUID, query: MessageQuery, call: Call) -> Listed[ConversationMessageOut]:
    """Lists the messages of a conversation of one's own, oldest first."""
    await read_row(call.rows, store.one(id, call.caller))
    page = listing(store.messages_of(id), query, filters={}, sorts=store.MESSAGE_SORTS)
    return await read_page(call.rows, page, query, ConversationMessageOut.model_validate)


@routes.get("/api/conversation/sessions/{id}/turns", access=("own",))
async def list_conversation_turns(id: UUID, query: TurnQuery, call: Call) -> Listed[ConversationTurnOut]:
    """Lists the turns of a conversation of one's own, oldest first: who answered, how fast, at whose expense."""
    await read_row(call.rows, store.one(id, call.caller))
    page = listing(store.turns_of(id), query, filters={}, sorts=store.TURN_SORTS)
    return await read_page(call.rows, page, query, ConversationTurnOut.model_validate)


@routes.get("/api/conversation/sessions/{id}/notes", access=("own",), written=MARKDOWN)
async def read_conversation_notes(id: UUID, call: Call[SessionDeps]) -> NotesOut:
    """Writes the design notes of a conversation of one's own, as Markdown, or as JSON where Accept asks for it.

    Decisions, open questions, ideas, constraints and next steps, each line with the number of its message in brackets.
    Rules write them; a model where the installation has one, the person has agreed to it, and the day's budget has
    room: then a line that its message does not say is left out, and the notes are kept until something else was said.
    `source` says who wrote them.
    """
    session = await read_row(call.rows, store.one(id, call.caller))
    said = await store.said_in(call.rows, id)
    head: dict[str, Any] = {"title": session.title or UNTITLED, "date": session.started_at.date()}
    if (kept := await kept_notes.read(call.rows, id, said)) is not None:
        return NotesOut.model_validate(kept | head)
    notes, is_refined = await notes_of(said, head, call)
    if is_refined:
        await call.deps.keep(id, said, notes)
    return notes


@routes.direct(
    "/api/conversation/notes",
    access=("public",),
    deadline=_NOTES_S,
    shows=NotesOut,
    media=(MARKDOWN.media_type,),
    limits=("conversation",),
)
async def write_conversation_notes(body: NotesRequest, call: Call[SessionDeps]) -> DirectResponse:
    """Writes the design notes of a conversation of which nothing is stored; nothing of it is kept here either.

    They are Markdown, or JSON where Accept asks for it, as those of a session.
    """
    notes, _ = await notes_of(body.history, {"title": UNTITLED, "date": datetime.now(UTC).date()}, call)
    headers = {"Cache-Control": NO_STORE, "Vary": "Accept"}
    if JSON in call.accept and MARKDOWN.media_type not in call.accept:
        return whole(notes.model_dump_json(), JSON, headers)
    return whole(as_markdown(notes), MARKDOWN.media_type, headers)


async def notes_of(said: Sequence[Said], head: Mapping[str, Any], call: Call[SessionDeps]) -> tuple[NotesOut, bool]:
    """Writes notes by rules, in a thread since a long conversation takes a while, and lets a model refine them.

    Returns whether one has as well.
    """
    await call.end_reads()
    sorted_out = await asyncio.to_thread(design_notes, said)
    notes = NotesOut(**dict(sorted_out), **head)
    refined = await call.deps.refine(notes, said, call.principal, call.left() - _SPARE_S)
    return (notes, False) if refined is None else (grounded(refined, len(said)), True)
