"""Judges what people are answered while releases are replaced."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from httpx2 import Response


@dataclass
class Answers:
    """Counts what nginx answered, by status, and keeps what it should not have answered."""

    statuses: Counter[int] = field(default_factory=Counter)
    refused: list[str] = field(default_factory=list)

    async def note(self, answer: Response) -> None:
        self.statuses[answer.status_code] += 1
        come_again = answer.status_code == 503 and answer.headers.get("Retry-After", "").isdigit()
        if answer.status_code >= 500 and not come_again:
            self.refused.append(f"{answer.status_code} to {answer.request.method} {answer.request.url.path}")
