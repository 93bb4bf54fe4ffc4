"""The rule about flows: the network policies let those of docs/architecture.md through, and no other."""

from __future__ import annotations

from collections.abc import Iterator

from tests.k8s.built import COMPONENT, NAMESPACE, SERVICES, Built
from tests.k8s.network import End, Outside, Pod, everyone, is_allowed

_OWNERS = ("content", "feedback", "notify")
_COMMANDS = ("migrate", "backup")
_CALL_OUTSIDE = ("gateway", "feedback", "content", "notify")
#: machines outside by what they stand for; addresses in documents' networks are those of the overlays' examples
OUTSIDE = (
    Outside("internet", "93.184.215.14"),
    Outside("internet", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"),
    Outside("private network", "10.20.30.40"),
    Outside("private network", "fd12:3456::7"),
    Outside("cloud's metadata", "169.254.169.254"),
    Outside("object store", "203.0.113.7"),
    Outside("hosted database", "198.51.100.7"),
    Outside("hosted broker", "192.0.2.7"),
)
#: ports that are tried at each kind of end; a pod also has its own
_PORTS_OUTSIDE = (22, 80, 443, 465, 587, 5432, 5671, 5672, 6379, 6443, 6543)
_PORTS_OF_PODS = (22, 53, 443, 4369, 5432, 5672, 6443, 8000, 9000, 15672, 15692)
#: who are databases and brokers, and where they listen
_DATABASES = {"postgres": (5432,), "voxbus-db": (5432,), "voxbus-keys": (5432,), "hosted database": (5432, 6543)}
#: ends outside that are in no private network, and ports of mail servers
_PUBLIC, _MAIL = ("internet", "object store", "hosted database", "hosted broker"), (465, 587)
_BROKERS = {"rabbitmq": 5672, "voxbus-broker": 5672, "hosted broker": 5671}


def only_documented_flows(built: Built) -> Iterator[str]:
    """Yields flows that are documented and refused, and those that are let through and not documented."""
    for source, target, port in _connections(built):
        wanted, found = _is_documented(built, source, target, port), is_allowed(built, source, target, port)
        if wanted and not found:
            yield f"{source.name} does not reach {target.name} at {port}"
        elif found and not wanted:
            yield f"{source.name} reaches {target.name} at {port}, which is no documented flow"
    names = next(pod for pod in everyone(built) if pod.name == "names")
    for pod in everyone(built):
        if pod.namespace == NAMESPACE and not is_allowed(built, pod, names, 53, "UDP"):
            yield f"{pod.name} does not reach names at 53 (UDP)"


def _connections(built: Built) -> Iterator[tuple[End, End, int]]:
    """Yields every connection that touches a pod of ours: servers of operators begin what they want."""
    ends: list[End] = [*everyone(built), *OUTSIDE]
    for source in ends:
        for target in ends:
            if source is target or not (_is_ours(source) or _is_ours(target) or _is_server(target)):
                continue
            if _is_server(source) and not (isinstance(target, Pod) and target.namespace == NAMESPACE):
                continue
            ports = _PORTS_OUTSIDE if isinstance(target, Outside) else {*_PORTS_OF_PODS, *target.ports.values()}
            for port in sorted(ports):
                yield source, target, port


def _is_ours(end: End) -> bool:
    return isinstance(end, Pod) and end.namespace == NAMESPACE


def _is_server(end: End) -> bool:
    return isinstance(end, Pod) and end.namespace == f"{NAMESPACE}-data"


def _is_documented(built: Built, source: End, target: End, port: int) -> bool:
    """Tells whether the picture of the architecture has a flow, or an operator's documents."""
    if isinstance(source, Outside):
        return False
    if source.namespace == NAMESPACE:
        return _leaves(built, source.name, target, port)
    if _is_ours(target):
        return _comes_in(built, source, target.name, port)
    return _serves_operators(source.name, target.name, port)


def _leaves(built: Built, source: str, target: End, port: int) -> bool:
    is_ours, name = _is_ours(target), target.name
    if isinstance(target, Pod) and not is_ours and not _is_server(target):
        return name == "names" and port == 53
    if source == "probe":
        return name in _PUBLIC and port == 443
    if source not in (*SERVICES, *_COMMANDS):
        return False  # servers call nobody
    if is_ours and name in _OWNERS:
        return source == "gateway" and port == 8000
    if port in _DATABASES.get(name, ()):
        return _is_used(built, name)
    if port == _BROKERS.get(name):
        return source != "backup" and _is_used(built, name)
    if name == "object store" and port == 443 and source != "migrate" and _keeps_objects(built):
        return True
    return name in _PUBLIC and ((port == 443 and source in _CALL_OUTSIDE) or (port in _MAIL and source == "notify"))


def _is_used(built: Built, name: str) -> bool:
    """Tells whether an overlay has a server: one outside is another's in overlays with their own."""
    own = [pods for pods in built.pods() if pods.labels[COMPONENT] == "postgres"]
    return not name.startswith("hosted") or not (own or built.of_kind("Cluster"))


def _keeps_objects(built: Built) -> bool:
    return not built.of_kind("PersistentVolumeClaim")


def _comes_in(built: Built, source: Pod, target: str, port: int) -> bool:
    if source.name == "entrance":
        entrance = "envoy-gateway-system" if built.of_kind("Gateway") else "ingress-nginx"
        has_one = bool(built.of_kind("Ingress", "Gateway"))
        return has_one and source.namespace == entrance and target == "gateway" and port == 8000
    if source.name == "prometheus":
        return bool(built.of_kind("PodMonitor")) and target in (*SERVICES, "probe") and port == 9000
    return False


def _serves_operators(source: str, target: str, port: int) -> bool:
    if target == "voxbus-broker":
        return (port == 15672 and source in ("scaler", "operator of brokers")) or (
            port == 15692 and source == "prometheus"
        )
    return source == "operator of databases" and port in (5432, 8000)
