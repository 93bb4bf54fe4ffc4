"""Tells the clients that follow a job of the text that a model is writing: transient, and seldom enough for them."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

#: seconds between two messages at least: twenty a second
LEAST_S = 0.05
#: seconds after which a message has the whole text again, for who has missed one
WHOLE_EVERY_S = 1.0


class Deltas:
    """Sends `{text, from}`: new text, and the number of characters before it. From 0 it is the whole.

    What comes too soon after a message goes with the next one. Nobody has to be told the end: the job's event has it.
    """

    def __init__(
        self, progress: Callable[[dict[str, Any]], Awaitable[None]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._progress = progress
        self._clock = clock
        self._told = ""
        self._told_at = self._whole_at = float("-inf")

    async def tell(self, text: str) -> None:
        """Sends what is new in a text. One that does not go on from the last is another answer, and sent whole."""
        now = self._clock()
        if now - self._told_at < LEAST_S or text == self._told:
            return
        whole = now - self._whole_at >= WHOLE_EVERY_S or not text.startswith(self._told)
        begin = 0 if whole else len(self._told)
        self._told, self._told_at = text, now
        if whole:
            self._whole_at = now
        await self._progress({"text": text[begin:], "from": begin})
