"""Serves each person's own progress."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict

from chassis.web.call import Call
from chassis.web.routes import Routes
from content.twisters import progress_store
from content.twisters.progress import Trend

routes = Routes("twisters")


class SoundProgressOut(BaseModel):
    """Describes progress in one sound: `attempts` counted, `score` 0–100."""

    model_config = ConfigDict(from_attributes=True)

    sound: str
    attempts: int
    score: Annotated[float, AfterValidator(lambda score: round(score, 1))]
    trend: Trend


class ProgressOut(BaseModel):
    """Describes progress per sound, weakest first, and what to try next.

    `next_twister_id` is null before the first attempt, and when the chosen twister has been deleted.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "sounds": [{"sound": "R", "attempts": 4, "score": 71.5, "trend": "rising"}],
                    "next_twister_id": "018f6a1e-0000-7000-8000-000000000004",
                }
            ]
        }
    )

    sounds: list[SoundProgressOut]
    next_twister_id: UUID | None


@routes.get("/twisters/progress", access=("own",))
async def read_progress(call: Call) -> ProgressOut:
    """Reads one's own progress per sound, and the twister to try next."""
    sounds = await progress_store.sounds_of(call.rows, call.caller)
    following = await progress_store.next_twister(call.rows, call.caller)
    return ProgressOut(sounds=[SoundProgressOut.model_validate(row) for row in sounds], next_twister_id=following)
