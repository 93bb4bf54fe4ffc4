"""Rules about how pods start, are watched, are replaced and end; drains are read from the code."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

from chassis.drain_times import LONGEST_DRAIN_S
from chassis.observe.health import STUCK_AFTER
from tests.k8s.built import Built, Document

#: seconds until a cluster has taken a pod out of every list of those that are sent something
_TAKEN_OUT_S = 5
#: seconds that a start may take at least: migrations of another release, a broker that comes up
_START_S = 120
_PHASE = "voxbus/phase"
#: where the parts of a backup go
_PLACES = {"--to", "--keys-to", "--erased-to"}


def probes_ask_what_they_should(built: Built) -> Iterator[str]:
    """Yields probes that are missing, or ask for what a restart or fewer replicas would not mend."""
    for pods in built.services():
        [container] = pods.containers
        for kind, path in (("startupProbe", "/readyz"), ("readinessProbe", "/livez"), ("livenessProbe", "/livez")):
            probe = container.get(kind)
            if probe is None:
                yield f"{pods.name} has no {kind}"
            elif probe.get("httpGet", {}).get("path") != path:
                yield f"{pods.name}: the {kind} does not ask {path}"
        if 0 < _patience(container.get("startupProbe")) < _START_S:
            yield f"{pods.name} is killed while it starts"
        if _patience(container.get("livenessProbe")) > STUCK_AFTER:
            yield f"{pods.name}: a loop may hang for longer than the watchdog lets it"


def drains_have_time(built: Built) -> Iterator[str]:
    """Yields services that are killed while they drain, or that drain while they are still sent requests."""
    for pods in built.services():
        [container] = pods.containers
        pause = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        grace = pods.spec.get("terminationGracePeriodSeconds", 30)
        if pause < _TAKEN_OUT_S:
            yield f"{pods.name} drains before everybody knows that it goes"
        if grace <= pause + LONGEST_DRAIN_S:
            yield f"{pods.name} has {grace} s to end, of {pause:g} s of pause and {LONGEST_DRAIN_S:g} s of drain"


def releases_lose_no_replica(built: Built) -> Iterator[str]:
    """Yields services of which a release first takes a replica away, and those without a priority."""
    for pods in built.services():
        strategy = pods.owner["spec"].get("strategy", {})
        rolling = strategy.get("rollingUpdate", {})
        if strategy.get("type") != "RollingUpdate" or rolling.get("maxUnavailable") != 0 or not rolling.get("maxSurge"):
            yield f"{pods.name} is taken away before there is another"
        if "priorityClassName" not in pods.spec:
            yield f"{pods.name} has no priority"


def migrations_come_first(built: Built) -> Iterator[str]:
    """Yields deployments that are rolled with the migrations, and what keeps these from being done in order."""
    for document in built.documents:
        is_rolled = document["metadata"].get("labels", {}).get(_PHASE) == "rollout"
        if is_rolled != (document["kind"] in ("Deployment", "ScaledObject", "HorizontalPodAutoscaler")):
            yield f"{document['kind']} {document['metadata']['name']} is in the wrong phase of a release"
        wave = int(document["metadata"].get("annotations", {}).get("argocd.argoproj.io/sync-wave", 0))
        if wave != int(is_rolled):
            yield f"{document['kind']} {document['metadata']['name']} is in the wrong wave for Argo CD"
    jobs = [pods for pods in built.pods() if pods.owner["kind"] == "Job"]
    done = [[each["args"] for each in pods.containers] for pods in jobs]
    if done != [[["migrate"], ["topology", "apply"]]]:
        yield f"a release runs {done}"


def backups_are_made(built: Built) -> Iterator[str]:
    """Yields what keeps a backup from being made, or from keeping its three parts apart."""
    found = built.of_kind("CronJob")
    if len(found) != 1:
        yield f"there are {len(found)} scheduled backups"
    for job in found:
        [container] = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
        command, *options = container["args"]
        places = dict(zip(options[::2], options[1::2], strict=True))
        if command != "backup" or places.keys() != _PLACES:
            yield f"CronJob {job['metadata']['name']} runs {' '.join(container['args'])}"
            continue
        named = [_value(built, each) for each in places.values()]
        if any(f"{inner}/".startswith(f"{outer.rstrip('/')}/") for inner, outer in permutations(named, 2)):
            yield f"keys, what they encrypt and who was erased are not apart: {', '.join(named)}"
        if job["spec"].get("concurrencyPolicy") != "Forbid":
            yield f"CronJob {job['metadata']['name']} may run twice at a time"


def servers_end_by_themselves(built: Built) -> Iterator[str]:
    """Yields pods that are killed as soon as they are asked to end."""
    for pods in built.pods():
        if pods.spec.get("terminationGracePeriodSeconds", 30) < 30:
            yield f"{pods.name} has no time to end"


def _patience(probe: Document | None) -> float:
    """Returns the seconds until a probe has failed for good; 0 where there is none."""
    if probe is None:
        return 0
    return float(probe.get("periodSeconds", 10)) * float(probe.get("failureThreshold", 3))


def _value(built: Built, text: str) -> str:
    for settings in built.of_kind("ConfigMap"):
        for name, value in settings.get("data", {}).items():
            text = text.replace(f"$({name})", value)
    return text
