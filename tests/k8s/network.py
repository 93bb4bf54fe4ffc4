"""Evaluates network policies as Kubernetes documents them: whether a connection between two ends is let through.

A pod that a policy selects for a direction has only what some policy of that direction allows; others have everything.
Of namespaces whose policies are not ours nothing is known: their pods may send where they want.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from tests.k8s.built import COMPONENT, Built, Document, selects

_NAME_OF_NAMESPACE = "kubernetes.io/metadata.name"


@dataclass(frozen=True)
class Pod:
    """Stands for the pods of one kind: `ports` by name."""

    name: str
    namespace: str
    labels: Mapping[str, str] = field(default_factory=dict)
    ports: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Outside:
    """Stands for a machine outside the cluster."""

    name: str
    address: str


End = Pod | Outside
#: pods of others that the product meets
STRANGERS = (
    Pod("names", "kube-system", {"k8s-app": "kube-dns"}),
    Pod("entrance", "ingress-nginx", {"app.kubernetes.io/name": "ingress-nginx"}),
    Pod("entrance", "envoy-gateway-system", {COMPONENT: "proxy"}),
    Pod("prometheus", "monitoring", {"app.kubernetes.io/name": "prometheus"}),
    Pod("scaler", "keda", {"app": "keda-operator"}),
    Pod("operator of databases", "cnpg-system", {"app.kubernetes.io/name": "cloudnative-pg"}),
    Pod("operator of brokers", "rabbitmq-system", {"app.kubernetes.io/name": "rabbitmq-cluster-operator"}),
    Pod("stranger", "default", {COMPONENT: "gateway", "app.kubernetes.io/part-of": "voxbus"}),
)


def everyone(built: Built) -> list[Pod]:
    """Returns the pods of an overlay, those that operators make of it, and those of others that it meets."""
    own = [Pod(pods.labels[COMPONENT], pods.namespace, pods.labels, pods.ports) for pods in built.pods()]
    return [*own, *_by_operators(built), *STRANGERS]


def _by_operators(built: Built) -> Iterator[Pod]:
    for cluster in built.of_kind("Cluster"):
        name, namespace = cluster["metadata"]["name"], cluster["metadata"]["namespace"]
        yield Pod(name, namespace, {"cnpg.io/cluster": name}, {"postgresql": 5432, "status": 8000})
    for cluster in built.of_kind("RabbitmqCluster"):
        name, namespace = cluster["metadata"]["name"], cluster["metadata"]["namespace"]
        yield Pod(
            name, namespace, {"app.kubernetes.io/name": name}, {"amqp": 5672, "management": 15672, "prometheus": 15692}
        )


def is_allowed(built: Built, source: End, target: End, port: int, protocol: str = "TCP") -> bool:
    """Tells whether the policies let a connection through."""
    leaves = _passes(built, source, target, port, protocol, "Egress", target)
    return leaves and _passes(built, target, source, port, protocol, "Ingress", target)


def _passes(built: Built, one: End, other: End, port: int, protocol: str, direction: str, listening: End) -> bool:
    if isinstance(one, Outside):
        return True
    own = [policy for policy in built.of_kind("NetworkPolicy") if _selects(policy, one, direction)]
    return not own or any(
        _has_peer(policy, rule, other, direction) and _has_port(rule, port, protocol, listening)
        for policy in own
        for rule in policy["spec"].get(direction.lower(), ())
    )


def _selects(policy: Document, pod: Pod, direction: str) -> bool:
    spec = policy["spec"]
    types = spec.get("policyTypes", ["Ingress", *(["Egress"] if "egress" in spec else [])])
    here = policy["metadata"]["namespace"] == pod.namespace
    return here and direction in types and selects(spec["podSelector"], pod.labels)


def _has_peer(policy: Document, rule: Document, other: End, direction: str) -> bool:
    peers: Sequence[Document] = rule.get("to" if direction == "Egress" else "from", ())
    return not peers or any(is_peer(peer, policy["metadata"]["namespace"], other) for peer in peers)


def is_peer(peer: Document, namespace: str, other: End) -> bool:
    """Tells whether an end is the peer of a rule in a policy of this namespace."""
    if isinstance(other, Outside):
        block = peer.get("ipBlock")
        address = ip_address(other.address)
        return (
            block is not None
            and address in ip_network(block["cidr"])
            and not any(address in ip_network(each) for each in block.get("except", ()))
        )
    if "ipBlock" in peer:  # the addresses of pods are not known, and none is public
        return False
    if "namespaceSelector" not in peer:
        if other.namespace != namespace:
            return False
    elif not selects(peer["namespaceSelector"], {_NAME_OF_NAMESPACE: other.namespace}):
        return False
    return selects(peer.get("podSelector", {}), other.labels)


def _has_port(rule: Document, port: int, protocol: str, listening: End) -> bool:
    ports: Sequence[Document] = rule.get("ports", ())
    return not ports or any(
        each.get("protocol", "TCP") == protocol and _number(each, listening) in (None, port) for each in ports
    )


def _number(port: Document, listening: End) -> int | None:
    told = port.get("port")
    if isinstance(told, str):
        return listening.ports.get(told, -1) if isinstance(listening, Pod) else -1
    return told
