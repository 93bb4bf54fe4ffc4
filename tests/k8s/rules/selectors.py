"""Rules about who is selected: by deployments, services, budgets, monitors, policies and spreads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.k8s.built import COMPONENT, NAMESPACE, Built, Document, Pods, selects
from tests.k8s.network import everyone, is_peer


def sets_select_their_own_pods(built: Built) -> Iterator[str]:
    """Yields deployments that do not select the pods they make, or select those of others."""
    for pods in built.pods():
        selector = pods.owner["spec"].get("selector")
        if pods.owner["kind"] not in ("Deployment", "StatefulSet"):
            continue
        if not selects(selector, pods.labels):
            yield f"{pods.name} does not select its own pods"
        yield from (f"{pods.name} selects the pods of {each.name}" for each in _others(built, pods, selector))


def services_select_somebody(built: Built) -> Iterator[str]:
    """Yields services that lead nowhere, or to pods of several kinds."""
    for service in built.of_kind("Service"):
        name, selector = service["metadata"]["name"], service["spec"]["selector"]
        found = [pods for pods in _of(built, service) if selects({"matchLabels": selector}, pods.labels)]
        if len(found) != 1:
            yield f"Service {name} selects {len(found)} kinds of pods"


def budgets_let_one_go(built: Built) -> Iterator[str]:
    """Yields services without a budget of disruptions, and budgets that hold up every drain of a node."""
    budgets = built.of_kind("PodDisruptionBudget")
    for pods in built.services():
        own = [each for each in budgets if selects(each["spec"].get("selector"), pods.labels)]
        if len(own) != 1:
            yield f"{pods.name} has {len(own)} budgets of disruptions"
    for budget in budgets:
        found = [pods for pods in _of(built, budget) if selects(budget["spec"].get("selector"), pods.labels)]
        if len(found) != 1:
            yield f"PodDisruptionBudget {budget['metadata']['name']} selects {len(found)} kinds of pods"
        if budget["spec"].get("maxUnavailable", 0) < 1:
            yield f"PodDisruptionBudget {budget['metadata']['name']} lets no pod go"


def monitors_see_every_service(built: Built) -> Iterator[str]:
    """Yields services whose metrics nobody reads, where there is a monitor."""
    for monitor in built.monitors():
        for pods in built.services():
            if not selects(monitor["spec"]["selector"], pods.labels):
                yield f"PodMonitor {monitor['metadata']['name']} does not see {pods.name}"


def policies_are_for_somebody(built: Built) -> Iterator[str]:
    """Yields network policies that are for no pod, or name pods that there are not."""
    known = everyone(built)
    for policy in built.of_kind("NetworkPolicy"):
        name, namespace, spec = policy["metadata"]["name"], policy["metadata"]["namespace"], policy["spec"]
        if not any(pod.namespace == namespace and selects(spec["podSelector"], pod.labels) for pod in known):
            yield f"NetworkPolicy {name} is for no pod"
        peers = [peer for rule in spec.get("ingress", ()) for peer in rule.get("from", ())]
        peers += [peer for rule in spec.get("egress", ()) for peer in rule.get("to", ())]
        for peer in peers:
            if "ipBlock" not in peer and not any(is_peer(peer, namespace, pod) for pod in known):
                yield f"NetworkPolicy {name} names pods that there are not: {peer}"


def replicas_are_spread(built: Built) -> Iterator[str]:
    """Yields services whose replicas may all be on one node, or in one zone."""
    wanted = {"kubernetes.io/hostname", "topology.kubernetes.io/zone"}
    for pods in built.services():
        own = [
            each
            for each in pods.spec.get("topologySpreadConstraints", ())
            if selects(each["labelSelector"], pods.labels)
            and (COMPONENT in each.get("matchLabelKeys", ()) or COMPONENT in each["labelSelector"]["matchLabels"])
        ]
        for missing in sorted(wanted - {each["topologyKey"] for each in own}):
            yield f"{pods.name} is not spread by {missing}"


def _others(built: Built, pods: Pods, selector: Document | None) -> Iterator[Pods]:
    for each in _of(built, pods.owner):
        if each.owner is not pods.owner and selects(selector, each.labels):
            yield each


def _of(built: Built, document: Mapping[str, Document]) -> Iterator[Pods]:
    for pods in built.pods():
        if pods.namespace == document["metadata"].get("namespace", NAMESPACE):
            yield pods
