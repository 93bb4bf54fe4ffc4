"""Rules about what pods may do, and what they may take."""

from __future__ import annotations

from collections.abc import Iterator

from chassis.settings import PREFIX, ServiceSettings, Settings, secrets_of
from gateway.settings import GatewaySettings
from notify.settings import NotifySettings
from tests.k8s.built import NAMESPACE, SERVICES, Built, Pods

_ENFORCED = "pod-security.kubernetes.io/enforce"
_SIZES = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}
#: endings of names of settings that are secrets, whichever service has them
_SECRETS = frozenset(
    name.upper() for kind in (Settings, ServiceSettings, GatewaySettings, NotifySettings) for name in secrets_of(kind)
)


def namespaces_are_restricted(built: Built) -> Iterator[str]:
    """Yields namespaces whose pods need not be restricted, and documents without one of them."""
    for namespace in built.of_kind("Namespace"):
        if namespace["metadata"].get("labels", {}).get(_ENFORCED) != "restricted":
            yield f"the namespace {namespace['metadata']['name']} does not enforce restricted pods"
    names = {namespace["metadata"]["name"] for namespace in built.of_kind("Namespace")}
    for document in built.documents:
        if document["kind"] not in ("Namespace", "PriorityClass"):
            own = document["metadata"].get("namespace")
            if own not in names:
                yield f"{document['kind']} {document['metadata']['name']} is in the namespace {own}"


def pods_are_restricted(built: Built) -> Iterator[str]:
    """Yields what the restricted profile of pod security refuses, and a root that can be written."""
    for pods in built.pods():
        spec, context = pods.spec, pods.spec.get("securityContext", {})
        if not context.get("runAsNonRoot") or context.get("runAsUser", 0) == 0:
            yield f"{pods.name} may run as root"
        if context.get("seccompProfile", {}).get("type") != "RuntimeDefault":
            yield f"{pods.name} has no seccomp profile"
        if "fsGroup" in context and context.get("fsGroupChangePolicy") != "OnRootMismatch":
            yield f"{pods.name} opens its files to the group at each start"
        for host in ("hostNetwork", "hostPID", "hostIPC"):
            if spec.get(host):
                yield f"{pods.name} has {host}"
        for volume in spec.get("volumes", ()):
            if not {"emptyDir", "configMap", "persistentVolumeClaim", "secret", "projected"} & volume.keys():
                yield f"{pods.name} has the volume {volume['name']} of a kind that restricted pods have not"
        yield from _containers_are_restricted(pods)


def pods_have_no_token(built: Built) -> Iterator[str]:
    """Yields pods that could call the API server, and those that the cluster would give variables of services."""
    for account in built.of_kind("ServiceAccount"):
        if account.get("automountServiceAccountToken") is not False:
            yield f"ServiceAccount {account['metadata']['name']} mounts its token"
    for pods in built.pods():
        if pods.spec.get("automountServiceAccountToken") is not False:
            yield f"{pods.name} mounts a token"
        if pods.spec.get("enableServiceLinks") is not False:
            yield f"{pods.name} has service links, which set {PREFIX}…_PORT"
    used = [pods.spec.get("serviceAccountName", "default") for pods in _own(built)]
    for name in sorted({name for name in used if used.count(name) > 1 or name == "default"}):
        yield f"the service account {name} is shared"


def pods_are_limited(built: Built) -> Iterator[str]:
    """Yields containers without requests and limits, and volumes that may grow beyond what their pod may hold."""
    for pods in built.pods():
        for container in pods.containers:
            resources = container.get("resources", {})
            for what in ("cpu", "memory"):
                if what not in resources.get("requests", {}):
                    yield f"{pods.name}: {container['name']} requests no {what}"
            if "memory" not in resources.get("limits", {}):
                yield f"{pods.name}: {container['name']} has no limit of memory"
    for pods in _own(built):
        room = min(_bytes(each["resources"]["limits"].get("ephemeral-storage", "0Ki")) for each in pods.containers)
        sizes = [v["emptyDir"].get("sizeLimit") for v in pods.spec.get("volumes", ()) if "emptyDir" in v]
        if None in sizes or sum(_bytes(size) for size in sizes if size is not None) > room:
            yield f"{pods.name} is evicted before its volumes are full"


def everything_is_denied_first(built: Built) -> Iterator[str]:
    """Yields namespaces without a policy that denies what no other allows."""
    for namespace in built.of_kind("Namespace"):
        name = namespace["metadata"]["name"]
        wanted = {"Ingress", "Egress"} if name == NAMESPACE else {"Ingress"}
        found = [
            policy["spec"]
            for policy in built.of_kind("NetworkPolicy")
            if policy["metadata"]["namespace"] == name and policy["spec"]["podSelector"] == {}
        ]
        denied = {kind for spec in found for kind in spec["policyTypes"] if not spec.get(kind.lower())}
        if not wanted <= denied:
            yield f"the namespace {name} has no policy that denies everything first"


def secrets_come_by_reference(built: Built) -> Iterator[str]:
    """Yields secrets that stand in a document in clear."""
    for settings in built.of_kind("ConfigMap"):
        for name in settings.get("data", {}):
            if _is_secret(name):
                yield f"ConfigMap {settings['metadata']['name']} has {name} in clear"
    for pods in built.pods():
        for container in pods.containers:
            for variable in container.get("env", ()):
                if "value" in variable and _is_secret(variable["name"]):
                    yield f"{pods.name} has {variable['name']} in clear"


def _containers_are_restricted(pods: Pods) -> Iterator[str]:
    for container in pods.containers:
        own = container.get("securityContext", {})
        if own.get("allowPrivilegeEscalation") is not False:
            yield f"{pods.name}: {container['name']} may gain privileges"
        if own.get("capabilities", {}).get("drop") != ["ALL"] or own.get("capabilities", {}).get("add"):
            yield f"{pods.name}: {container['name']} keeps capabilities"
        if own.get("readOnlyRootFilesystem") is not True:
            yield f"{pods.name}: {container['name']} can write its root"


def services_log_in_as_themselves(built: Built) -> Iterator[str]:
    """Yields addresses of a database by which a service would have more than its own login."""
    for secret in built.of_kind("Secret", "ExternalSecret"):
        name = secret["metadata"]["name"]
        service = name.removeprefix("voxbus-")
        if secret["metadata"]["namespace"] != NAMESPACE or service not in SERVICES:
            continue
        told = secret["stringData"] if secret["kind"] == "Secret" else secret["spec"]["target"]["template"]["data"]
        for key, value in told.items():
            if value.startswith("postgresql://") and not value.startswith(f"postgresql://voxbus_{service}:"):
                yield f"{secret['kind']} {name}: {key} logs in as somebody else than voxbus_{service}"


def _is_secret(name: str) -> bool:
    own = name.removeprefix(PREFIX)
    return name.startswith("AWS_SECRET") or "PASSWORD" in name or own.endswith("_API_KEY") or own in _SECRETS


def _own(built: Built) -> list[Pods]:
    return [pods for pods in built.pods() if pods.owner["kind"] != "StatefulSet"]


def _bytes(text: str) -> int:
    return int(text[:-2]) * _SIZES[text[-2:]]
