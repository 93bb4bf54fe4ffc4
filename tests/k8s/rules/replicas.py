"""Rules about how many replicas there are: queues, slots and pools are read from the code."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from chassis.connections import pools
from chassis.handler import SlowHandler
from chassis.service import Service
from chassis.storage.keyserver import CONNECTIONS
from gateway.jobs.topology import product_topology
from tests.k8s.built import COMPONENT, Built, Document, Pods
from tests.k8s.rules.settings_read import given_settings
from voxbus.services import SERVICES

#: connections that servers keep for themselves, and what looks, migrates, backs up and checks a start may take
_RESERVED, _BESIDE, _PER_PROCESS = 10, 12, 1


@dataclass(frozen=True, slots=True)
class Range:
    """Holds how few and how many replicas a scaler may want."""

    name: str
    target: str
    least: int
    most: int


def ranges_of(built: Built) -> list[Range]:
    """Returns the range of every scaler."""
    found = []
    for scaler in built.of_kind("ScaledObject", "HorizontalPodAutoscaler"):
        spec, name = scaler["spec"], f"{scaler['kind']} {scaler['metadata']['name']}"
        least = spec.get("minReplicaCount", spec.get("minReplicas", 0))
        most = spec.get("maxReplicaCount", spec.get("maxReplicas"))
        found.append(Range(name, spec["scaleTargetRef"]["name"], least, most))
    return found


def ranges_are_ranges(built: Built) -> Iterator[str]:
    """Yields scalers that want less than nothing, or take away the only replica that answers."""
    for each in ranges_of(built):
        if each.least > each.most:
            yield f"{each.name} wants {each.least} replicas at least and {each.most} at most"
        if each.least < 2:
            yield f"{each.name} leaves fewer than two replicas, so a node that goes takes all of them"


def workers_are_counted_while_they_run(built: Built) -> Iterator[str]:
    """Yields triggers that see only what is ready, or queues that the deployment does not consume."""
    queues = {queue.name: queue.service for queue in product_topology().queues}
    for scaler in built.of_kind("ScaledObject"):
        name, target = scaler["metadata"]["name"], scaler["spec"]["scaleTargetRef"]["name"]
        for trigger in scaler["spec"]["triggers"]:
            told = trigger["metadata"]
            queue = told["queueName"]
            if trigger["type"] != "rabbitmq" or told.get("mode") != "QueueLength":
                yield f"ScaledObject {name} does not look at the length of {queue}"
            if told.get("protocol") != "http" or told.get("excludeUnacknowledged", "false") != "false":
                yield f"ScaledObject {name} sees only what is ready in {queue}, and takes workers away in mid-job"
            if target != f"voxbus-{queues.get(queue)}":
                yield f"ScaledObject {name} scales {target} by {queue}, which it does not consume"
            elif float(told["value"]) < (slots := _at_a_time(queue)):
                yield f"ScaledObject {name} wants a replica for {told['value']} of {queue}; one runs {slots} at a time"


def slow_queues_are_watched(built: Built) -> Iterator[str]:
    """Yields steps of jobs that no scaler looks at, where workers are scaled."""
    seen = {
        trigger["metadata"]["queueName"]
        for each in built.of_kind("ScaledObject")
        for trigger in each["spec"]["triggers"]
    }
    for service in SERVICES if seen else ():
        for handler in service.handlers:
            queue = f"{service.name}.{handler.name}"
            if service.name in ("speech", "feedback") and isinstance(handler, SlowHandler) and queue not in seen:
                yield f"no scaler looks at {queue}"


def databases_have_room(built: Built) -> Iterator[str]:
    """Yields databases with fewer connections than all replicas take while they are rolled."""
    processes, wanted = 0, _BESIDE
    for pods in built.services():
        replicas = _most(built, pods) + pods.owner["spec"]["strategy"]["rollingUpdate"]["maxSurge"]
        with given_settings(built, pods) as service:
            wanted += replicas * (_connections(service) + _PER_PROCESS)
        processes += replicas
    keys = processes * CONNECTIONS + _BESIDE
    room = {name: most - _RESERVED for name, most in _max_connections(built).items()}
    if not room:
        yield "nobody says how many connections the database has"
    if set(room) == {"all"}:
        keys, wanted = 0, wanted + keys
    if wanted > room.get("all", room.get("rows", wanted)):
        yield f"all replicas take {wanted} connections, and the database has {room.get('all', room.get('rows'))}"
    if keys > room.get("keys", keys):
        yield f"all replicas take {keys} connections, and the key store has {room['keys']}"


def _at_a_time(queue: str) -> int:
    service, _, name = queue.partition(".")
    [owner] = [each for each in SERVICES if each.name == service]
    found = [handler for handler in owner.handlers if handler.name == name]
    return next((each.slots if isinstance(each, SlowHandler) else each.batch for each in found), 1)


def _most(built: Built, pods: Pods) -> int:
    name = pods.owner["metadata"]["name"]
    told = [each.most for each in ranges_of(built) if each.target == name]
    return int(max(told, default=pods.owner["spec"].get("replicas", 1)))


def _connections(service: Service) -> int:
    return sum(pool.size for pool in pools(service).values())


def _max_connections(built: Built) -> dict[str, int]:
    """Returns what the documents say: of one server for `all`, or of that for `rows` and that for `keys`."""
    found: dict[str, int] = {}
    for cluster in built.of_kind("Cluster"):
        told = int(cluster["spec"]["postgresql"]["parameters"]["max_connections"])
        found["keys" if cluster["metadata"]["name"] == "voxbus-keys" else "rows"] = told
    for pods in built.pods():
        if pods.labels[COMPONENT] == "postgres":
            found["all"] = _argument(pods.spec["containers"][0])
    for settings in built.of_kind("ConfigMap"):
        told = settings["metadata"].get("annotations", {})
        for what in ("rows", "keys"):
            if (value := told.get(f"voxbus/max-connections-of-{what}")) is not None:
                found[what] = int(value)
    return found


def _argument(container: Document) -> int:
    [told] = [each for each in container["args"] if each.startswith("max_connections=")]
    return int(told.partition("=")[2])
