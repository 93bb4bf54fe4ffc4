"""Lists the feedback providers: each has one file and one name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from feedback.assessment import Assessment, Feedback
from feedback.providers.coach import Coach


class Provider(Protocol):
    """Writes feedback from an assessment. `Feedback.source` is its `name/version`."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    async def give(self, assessment: Assessment) -> Feedback: ...


PROVIDERS: Mapping[str, Callable[[], Provider]] = {"coach": Coach}
