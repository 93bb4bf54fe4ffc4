"""Serves tongue twisters to everybody, and progress to the person it belongs to."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import sqlalchemy as sa
from fastapi import APIRouter, Query, Response
from pydantic import AfterValidator, BaseModel
from sqlalchemy import Row

from chassis.storage.database import Database
from chassis.web.listing import Listed
from chassis.web.problems import not_found
from gateway.edge import views
from gateway.edge.context import Ctx, PathId, SignedIn
from gateway.edge.openapi import problems
from gateway.edge.pagination import Cursor, Limit, last_seen, page
from gateway.edge.schemas import TWISTER_ID, example

router = APIRouter(prefix="/twisters", tags=["twisters"])

#: the catalogue changes rarely and is the same for everybody
_CACHED = "public, max-age=60"


class Twister(BaseModel):
    """Describes a twister. `difficulty` 1–5; `sounds` are ARPAbet without stress."""

    model_config = example(
        {
            "id": TWISTER_ID,
            "text": "Red lorry, yellow lorry",
            "language": "en",
            "difficulty": 3,
            "sounds": ["R", "L"],
        }
    )

    id: UUID
    text: str
    language: str
    difficulty: int
    sounds: list[str]


class SoundProgress(BaseModel):
    """Describes progress in one sound: `attempts` counted, `score` 0–100."""

    sound: str
    attempts: int
    score: Annotated[float, AfterValidator(lambda score: round(score, 1))]
    trend: str


class Progress(BaseModel):
    """Progress per sound, weakest first, and what to try next (null before the first attempt)."""

    model_config = example(
        {
            "sounds": [{"sound": "R", "attempts": 4, "score": 71.5, "trend": "rising"}],
            "next_twister_id": TWISTER_ID,
        }
    )

    sounds: list[SoundProgress]
    next_twister_id: UUID | None


def _twister(row: Row[Any]) -> Twister:
    return Twister.model_validate(row, from_attributes=True)


async def find_twister(database: Database, twister_id: UUID) -> Twister | None:
    """Finds one twister of the catalogue."""
    row = await views.first(database, sa.select(views.TWISTERS).where(views.TWISTERS.c.id == twister_id))
    return None if row is None else _twister(row)


@router.get("", responses=problems(422, 503))
async def list_twisters(
    ctx: Ctx,
    response: Response,
    sound: Annotated[str | None, Query(max_length=10, description="ARPAbet, such as `R` or `TH`; any case.")] = None,
    difficulty: Annotated[int | None, Query(ge=1, le=5)] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Listed[Twister]:
    """Lists the catalogue, by sound and difficulty."""
    columns = views.TWISTERS.c
    statement = sa.select(views.TWISTERS).order_by(columns.id).limit(limit + 1)
    if sound is not None:
        statement = statement.where(columns.sounds.any(sound.strip().upper().replace("\0", "")))
    if difficulty is not None:
        statement = statement.where(columns.difficulty == difficulty)
    after = last_seen(cursor)
    if after is not None:
        statement = statement.where(columns.id > after)
    found = await views.rows(ctx.database, statement)
    response.headers["Cache-Control"] = _CACHED
    return page(found, limit, _twister, lambda row: row.id)


@router.get("/progress", responses=problems(401, 503))
async def read_progress(person: SignedIn, ctx: Ctx) -> Progress:
    """Reads one's own progress per sound, and the twister to try next."""
    sounds = sa.select(views.PROGRESS).where(views.PROGRESS.c.person_id == person)
    following = sa.select(views.NEXT).where(views.NEXT.c.person_id == person)
    found = await views.rows(ctx.database, sounds.order_by(views.PROGRESS.c.score, views.PROGRESS.c.sound))
    chosen = await views.first(ctx.database, following)
    return Progress(
        sounds=[SoundProgress.model_validate(row, from_attributes=True) for row in found],
        next_twister_id=None if chosen is None else chosen.twister_id,
    )


@router.get("/{id}", responses=problems(404, 503))
async def read_twister(id: PathId, ctx: Ctx, response: Response) -> Twister:
    """Reads one tongue twister."""
    twister = await find_twister(ctx.database, id)
    if twister is None:
        raise not_found()
    response.headers["Cache-Control"] = _CACHED
    return twister
