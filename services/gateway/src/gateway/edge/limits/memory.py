"""Counts in the memory of one gateway, within a bound: a storage for the strategies of the library `limits`.

The library's own memory storage has no bound, and looks through all keys in the background, each in a thread.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable

from limits.aio.storage import MovingWindowSupport, Storage

#: hits that one storage remembers: some 20 MB, if each is of another key
MOST_HITS = 100_000


class BoundedMemory(Storage, MovingWindowSupport):
    """Remembers when each key was hit; beyond `most` hits in all it forgets the keys that were used least recently.

    A key that keeps hitting is used recently, so strangers with many addresses cannot make it forgotten.
    """

    STORAGE_SCHEME = None

    def __init__(self, clock: Callable[[], float], most: int = MOST_HITS) -> None:
        """Takes `clock`, in seconds, the same as the strategy's caller uses."""
        super().__init__()
        self._clock = clock
        self._most = most
        #: by key, the times of its hits, the oldest first; the key used last comes last
        self._hits: OrderedDict[str, list[float]] = OrderedDict()
        self._remembered = 0
        #: by key, its count and when that ends
        self._counts: OrderedDict[str, tuple[int, float]] = OrderedDict()

    @property
    def base_exceptions(self) -> type[Exception]:
        """Returns the errors of the storage, which has none."""
        return ValueError

    async def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Adds `amount` hits, unless there would be more than `limit` within `expiry` seconds."""
        hits = self._recent(key, expiry)
        acquired = len(hits) + amount <= limit
        if acquired:
            hits.extend([self._clock()] * amount)
            self._remembered += amount
        if hits:
            self._hits[key] = hits
            self._hits.move_to_end(key)
        while self._remembered > self._most:
            _, forgotten = self._hits.popitem(last=False)
            self._remembered -= len(forgotten)
        return acquired

    async def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """Returns the time of the oldest hit within `expiry` seconds, and their number."""
        hits = self._recent(key, expiry)
        return (hits[0], len(hits)) if hits else (self._clock(), 0)

    def _recent(self, key: str, expiry: int) -> list[float]:
        """Returns the hits of a key within `expiry` seconds, and forgets the older ones."""
        hits = self._hits.get(key, [])
        old = bisect_right(hits, self._clock() - expiry)
        del hits[:old]
        self._remembered -= old
        if not hits:
            self._hits.pop(key, None)
        return hits

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Adds to a count, which ends `expiry` seconds after its first addition."""
        count, ends = self._count(key)
        self._counts[key] = count + amount, ends if count else self._clock() + expiry
        self._counts.move_to_end(key)
        if len(self._counts) > self._most:
            self._counts.popitem(last=False)
        return count + amount

    async def get(self, key: str) -> int:
        """Returns a count."""
        return self._count(key)[0]

    async def get_expiry(self, key: str) -> float:
        """Returns when a count ends; now if there is none."""
        return self._count(key)[1]

    def _count(self, key: str) -> tuple[int, float]:
        count, ends = self._counts.get(key, (0, 0.0))
        return (count, ends) if ends > self._clock() else (0, self._clock())

    async def clear(self, key: str) -> None:
        """Forgets a key."""
        self._remembered -= len(self._hits.pop(key, ()))
        self._counts.pop(key, None)

    async def check(self) -> bool:
        """Tells that the storage works."""
        return True

    async def reset(self) -> int | None:
        """Forgets all keys, and returns how many there were."""
        forgotten = len(self._hits.keys() | self._counts.keys())
        self._hits.clear()
        self._counts.clear()
        self._remembered = 0
        return forgotten
