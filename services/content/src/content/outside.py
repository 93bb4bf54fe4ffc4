"""Says what became of an erased person's statements at the learning record store of this installation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from chassis.delivery.person_erasure import noted_as
from content.progress.tables import statements_sent
from contracts.common import OutsideRecipient

_DETAIL = "The learning record store of this site has what was done in the lessons under a number and no name. A "
_DETAIL += "statement there can be made void, and never be deleted from here: ask whoever runs this site."


async def tell_outside(person: UUID, counts: Mapping[str, int]) -> Sequence[OutsideRecipient]:
    """Names the store if it was ever sent something; `counts` are the deleted rows by table."""
    if not any(counts.get(name) for name in (statements_sent.name, noted_as("lrs"))):
        return []
    return [OutsideRecipient(recipient="lrs", state="asked", detail=_DETAIL)]
