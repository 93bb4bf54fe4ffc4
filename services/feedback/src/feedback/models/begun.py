"""Begins an answer in pieces: waits for the first of one call, and counts the call however it ends."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field

from feedback.models.answers import PaidBy, Turn, outcome_of
from feedback.models.candidates import Candidate
from feedback.models.errors import ProviderError
from feedback.models.ledger import Bill
from feedback.models.mark import Mark
from feedback.models.meter import Meter, Send
from feedback.models.notices import Notice
from feedback.models.request import Finished, Piece, Text


@dataclass(frozen=True, kw_only=True, slots=True)
class Begun:
    """Holds an answer of a model whose `first` piece is there; `pieces` are those that follow, and have to be closed.

    `meter` counts them, and knows the cost once they are. `mark` is never to be said.
    """

    source: str
    model: str
    prompt: str
    notices: tuple[Notice, ...]
    paid_by: PaidBy
    mark: Mark = field(repr=False)
    meter: Meter
    first: Piece = field(repr=False)
    pieces: AsyncGenerator[Piece, None]


async def begin(turn: Turn, candidate: Candidate, bill: Bill, meter: Meter, send: Send) -> Begun:
    """Waits for the first piece of a call. Raises what the call raises; a `ProviderError` is noted in the turn."""
    pieces = _counted(turn, bill, meter.pieces(send))
    try:
        first = await anext(pieces)
    except ProviderError as error:
        turn.took(bill.provider, bill.model, outcome_of(error), meter.called().ms, meter.cost)
        raise
    return Begun(
        source=f"{bill.provider}/{bill.model}",
        model=bill.model,
        prompt=turn.prompt.name,
        notices=(*candidate.notices, *turn.notices(answering=bill.provider)),
        paid_by="caller" if turn.paid_by == "caller" else "nobody" if bill.price is None else "voxbus",
        mark=turn.sent.mark,
        meter=meter,
        first=first,
        pieces=pieces,
    )


async def _counted(turn: Turn, bill: Bill, pieces: AsyncGenerator[Piece, None]) -> AsyncGenerator[Piece, None]:
    """Yields pieces, and counts a call that has begun to answer by its end; `left`: nobody has heard its end."""
    outcome, has_begun = "left", False
    try:
        async with aclosing(pieces):
            async for piece in pieces:
                if isinstance(piece, Finished):
                    outcome = "answered"
                has_begun = has_begun or isinstance(piece, Text)
                yield piece
    except ProviderError as error:
        outcome = outcome_of(error)
        raise
    finally:
        if has_begun:
            turn.counted(bill.provider, bill.model, outcome)
