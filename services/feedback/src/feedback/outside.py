"""Says what became of an erased person's words at the providers of models that were sent some."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from chassis.delivery.person_erasure import led_to, noted_as
from chassis.privacy.law import Recipient
from contracts.common import OutsideRecipient
from feedback.models.providers import PROVIDERS, Place
from feedback.models.tables import ai_ledger


class Outside:
    """Names the providers; none of them can be told to delete something."""

    def __init__(self, keeps_nothing: Callable[[Recipient], bool]) -> None:
        """Takes what tells whether a provider has agreed with this installation to keep nothing."""
        self._keeps_nothing = keeps_nothing

    async def tell(self, person: UUID, counts: Mapping[str, int]) -> Sequence[OutsideRecipient]:
        """Names each provider that was called for the person; `counts` are the deleted rows by table."""
        told = []
        for place in PROVIDERS.values():
            of_ours = (led_to(ai_ledger.name, place.recipient), noted_as(place.recipient))
            own_key = bool(counts.get(noted_as(place.recipient, own_key=True)))
            if own_key or any(counts.get(name) for name in of_ours):
                told.append(self._said(place, own_key=own_key))
        return told

    def _said(self, place: Place, *, own_key: bool) -> OutsideRecipient:
        # what was agreed with this site does not cover a key of the person's own
        if self._keeps_nothing(place.recipient) and not own_key:
            detail = f"{place.title} has agreed with this site to keep nothing of what it is sent."
            return OutsideRecipient(recipient=place.recipient, state="not_kept", detail=detail)
        detail = f"It cannot be deleted from here. {place.title} says that it deletes what it is sent within"
        detail += f" {place.keeps_days} days, and later only where the law or misuse wants it kept."
        if own_key:
            detail += " Some of it was sent with a key of your own: see there what the account of that key keeps."
        return OutsideRecipient(recipient=place.recipient, state="not_possible", detail=detail)
