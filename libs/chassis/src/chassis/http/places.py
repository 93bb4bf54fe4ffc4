"""Bounds open connections: by address, and so that a process keeps files for its own connections and media."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from chassis.observe import metrics
from chassis.observe.logs import logger

#: connections that one address may have open at a time: a school behind one address has room
PER_ADDRESS = 2_500
#: part of all connections that one address may have where few files may be open
_SHARE = 0.75
#: open files that are kept for other uses than connections
_RESERVE = 256
#: part of the bound by address up to which more connections still get a problem document
_TOLD = 1.1
_LOG_EVERY_S = 60.0

_log = logger(__name__)


class Verdict(Enum):
    """Says what becomes of a connection: `ADDRESS` and `FULL` get a problem document, `CUT` gets nothing."""

    OPEN = "open"
    ADDRESS = "address"
    FULL = "full"
    CUT = "cut"


class Places:
    """Counts the open connections of one port. Networks of `proxies` have no bound by address."""

    def __init__(
        self,
        files: int,
        *,
        per_address: int | None = PER_ADDRESS,
        proxies: Sequence[IPv4Network | IPv6Network] = (),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Takes the number of files that the process may open. `per_address` None: no bound by address."""
        reserve = min(_RESERVE, files // 4)
        self._full, self._cut = files - reserve, files - reserve // 2
        self._per_address = None if per_address is None else min(per_address, int(self._full * _SHARE))
        self._proxies = tuple(proxies)
        self._clock = clock
        self._networks: dict[object, str] = {}
        self._open: Counter[str] = Counter()
        self._logged: dict[Verdict, float] = {}

    @property
    def counted(self) -> Mapping[str, int]:
        """Returns the number of open connections by address."""
        return self._open

    def enter(self, connection: object, host: str, file: int) -> Verdict:
        """Counts a new connection until `leave`, also one that is refused.

        `file` is its descriptor: the kernel gives the lowest free number, so it tells how many files are open.
        """
        network = network_of(host)
        self._networks[connection] = network
        self._open[network] += 1
        metrics.CONNECTIONS.inc()
        verdict = self._judge(host, self._open[network], file)
        if verdict is not Verdict.OPEN:
            metrics.CONNECTIONS_REFUSED.labels(verdict.value).inc()
            self._tell(verdict)
        return verdict

    def leave(self, connection: object) -> None:
        """Forgets a connection that has ended. Does nothing for one that is unknown."""
        network = self._networks.pop(connection, None)
        if network is not None:
            metrics.CONNECTIONS.dec()
            self._open[network] -= 1
            if not self._open[network]:
                del self._open[network]

    def _judge(self, host: str, count: int, file: int) -> Verdict:
        if file >= self._full:
            return Verdict.CUT if file >= self._cut else Verdict.FULL
        bound = self._per_address
        if bound is None or count <= bound or self._is_proxy(host):
            return Verdict.OPEN
        return Verdict.CUT if count > bound * _TOLD else Verdict.ADDRESS

    def _is_proxy(self, host: str) -> bool:
        if not self._proxies:
            return False
        try:
            address = ip_address(host)
        except ValueError:
            return False
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:  # a port for both versions
            address = address.ipv4_mapped
        return any(address in network for network in self._proxies)

    def _tell(self, verdict: Verdict) -> None:
        """Logs a refusal, at most one a minute of a kind, so that strangers do not fill the log."""
        now = self._clock()
        if now - self._logged.get(verdict, -_LOG_EVERY_S) >= _LOG_EVERY_S:
            self._logged[verdict] = now
            _log.warning("connections are refused", reason=verdict.value, open=len(self._networks))


@lru_cache(maxsize=4096)
def network_of(host: str) -> str:
    """Returns an IPv4 address as it is and the /64 of an IPv6 address, which is what one client commonly has."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if not isinstance(address, IPv6Address):
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ip_network((int(address), 64), strict=False))
