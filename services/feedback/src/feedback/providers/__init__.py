"""Lists the feedback providers: each has one file and one name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from chassis.privacy.law import Recipient
from chassis.privacy.outside import MayBegin
from feedback.assessment import Assessment, Feedback
from feedback.providers.coach import Coach


class Provider(Protocol):
    """Writes feedback from an assessment. `Feedback.source` is its `name/version`."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    @property
    def recipient(self) -> Recipient | None:
        """Names who gets the words that are sent; None: they do not leave the process."""

    async def give(self, assessment: Assessment, may_begin: MayBegin) -> Feedback:
        """Writes feedback; `may_begin` is open while the first byte of each call outside is sent."""


PROVIDERS: Mapping[str, Callable[[], Provider]] = {"coach": Coach}
