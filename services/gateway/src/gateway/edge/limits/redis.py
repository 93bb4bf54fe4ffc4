"""Opens the Redis that gateways share their counts in.

The library imports the client only here, when it is used: it takes 14 MB and a quarter of a second.
"""

from __future__ import annotations

from typing import Any, cast

from limits.aio.storage import RedisStorage

from gateway.edge.limits.counters import PATIENCE_S

_PREFIX = "voxbus"


class SharedStore:
    """Holds the storage in Redis and its connections, which `aclose` closes."""

    def __init__(self, url: str, patience: float = PATIENCE_S) -> None:
        """Takes `redis://`, `rediss://` or `unix://`, and how many seconds to wait for it.

        It connects only when it is used, and tries nothing twice.
        """
        scheme = "async+redis+" if url.startswith("unix:") else "async+"
        self.storage = RedisStorage(
            scheme + url,
            implementation="redispy",
            key_prefix=_PREFIX,
            socket_connect_timeout=patience,
            socket_timeout=patience,
        )

    async def aclose(self) -> None:
        """Closes the connections."""
        await cast("Any", self.storage.bridge).get_connection().aclose()
