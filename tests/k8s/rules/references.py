"""Rules about names: whatever one document names of another exists."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from tests.images import moves
from tests.k8s.built import Built, Document, Pods

_VARIABLE = re.compile(r"\$\((\w+)\)")


def names_exist(built: Built) -> Iterator[str]:
    """Yields accounts, priorities, settings, volumes and variables that a pod names and nobody makes."""
    for pods in built.pods():
        spec = pods.spec
        wanted: list[tuple[str, str]] = []
        if "serviceAccountName" in spec:
            wanted.append(("ServiceAccount", spec["serviceAccountName"]))
        if "priorityClassName" in spec:
            wanted.append(("PriorityClass", spec["priorityClassName"]))
        for volume in spec.get("volumes", ()):
            if "configMap" in volume:
                wanted.append(("ConfigMap", volume["configMap"]["name"]))
            if "persistentVolumeClaim" in volume:
                wanted.append(("PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]))
        for container in pods.containers:
            wanted += [("ConfigMap", each["configMapRef"]["name"]) for each in container.get("envFrom", ())]
            yield from _variables(built, pods, container)
            yield from _mounts(pods, container)
        for kind, name in wanted:
            if name not in _names(built, kind):
                yield f"{pods.name} names the {kind} {name}, which nobody makes"


def secrets_exist(built: Built) -> Iterator[str]:
    """Yields keys of Secrets that are named and that neither a Secret nor an ExternalSecret has."""
    made = secrets_of(built)
    for namespace, secret, key, whose in sorted(_wanted_keys(built)):
        if key not in made.get((namespace, secret), ()):
            yield f"{whose} takes {key} of the Secret {secret}, which is not there"


def targets_exist(built: Built) -> Iterator[str]:
    """Yields scalers of a deployment that there is not, or that has a second one or a fixed number of replicas."""
    scaled: dict[str, int] = {}
    for scaler in built.of_kind("ScaledObject", "HorizontalPodAutoscaler"):
        target = scaler["spec"]["scaleTargetRef"]["name"]
        scaled[target] = scaled.get(target, 0) + 1
        if target not in _names(built, "Deployment"):
            yield f"{scaler['kind']} {scaler['metadata']['name']} scales {target}, which is no Deployment"
        for trigger in scaler["spec"].get("triggers", ()):
            reference = trigger["authenticationRef"]["name"]
            if reference not in _names(built, "TriggerAuthentication"):
                yield f"ScaledObject {scaler['metadata']['name']} signs in by {reference}, which nobody makes"
    for pods in built.services():
        name = pods.owner["metadata"]["name"]
        if scaled.get(name, 0) > 1:
            yield f"{pods.name} has {scaled[name]} scalers"
        if scaled.get(name, 0) == 1 and "replicas" in pods.owner["spec"]:
            yield f"{pods.name} is scaled, and each release sets its replicas back"


def addresses_exist(built: Built) -> Iterator[str]:
    """Yields services' addresses in the settings that lead to no Service of the cluster."""
    ports = {each["metadata"]["name"]: {port["port"] for port in each["spec"]["ports"]} for each in _services(built)}
    for settings in built.of_kind("ConfigMap"):
        for name, value in settings.get("data", {}).items():
            parts = urlsplit(value)
            if parts.scheme == "http" and parts.port not in ports.get(parts.hostname or "", ()):
                yield f"{name} is {value}, and there is no such Service"


def one_release(built: Built) -> Iterator[str]:
    """Yields images of ours that are of several releases."""
    images = {container["image"] for pods in built.pods() for container in pods.containers}
    own = {image.rpartition(":")[2] for image in images if image.startswith("voxbus/")}
    if len(own) != 1:
        yield f"the images are of several releases: {', '.join(sorted(own))}"


def images_stay(built: Built) -> Iterator[str]:
    """Yields images whose names may stand for others tomorrow, those that an operator runs included."""
    for document in built.documents:
        yield from (f"the image {each} may be another tomorrow" for each in _images(document) if moves(each))


def _images(node: object) -> Iterator[str]:
    """Yields whatever a document names as an image."""
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in children:
        if key in ("image", "imageName") and isinstance(value, str):
            yield value
        else:
            yield from _images(value)


def secrets_of(built: Built) -> dict[tuple[str, str], set[str]]:
    """Returns the keys of each Secret that is made, by namespace and name."""
    made: dict[tuple[str, str], set[str]] = {}
    for secret in built.of_kind("Secret"):
        keys = {*secret.get("data", {}), *secret.get("stringData", {})}
        made[secret["metadata"]["namespace"], secret["metadata"]["name"]] = keys
    for external in built.of_kind("ExternalSecret"):
        spec = external["spec"]
        template = spec["target"].get("template", {}).get("data")
        keys = set(template) if template is not None else {each["secretKey"] for each in spec["data"]}
        made[external["metadata"]["namespace"], spec["target"]["name"]] = keys
    for certificate in built.of_kind("Certificate"):
        made[certificate["metadata"]["namespace"], certificate["spec"]["secretName"]] = {"tls.crt", "tls.key"}
    return made


def _wanted_keys(built: Built) -> Iterator[tuple[str, str, str, str]]:
    for pods in built.pods():
        for container in pods.containers:
            for variable in container.get("env", ()):
                reference = variable.get("valueFrom", {}).get("secretKeyRef")
                if reference is not None and not reference.get("optional", False):
                    yield pods.namespace, reference["name"], reference["key"], pods.name
    for each in built.documents:
        whose = f"{each['kind']} {each['metadata']['name']}"
        for secret, keys in _keys_of_operators(each):
            for key in keys:
                yield each["metadata"]["namespace"], secret, key, whose


def _keys_of_operators(document: Document) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yields the Secrets that an operator takes, and the keys that it documents."""
    spec = document.get("spec", {})
    match document["kind"]:
        case "TriggerAuthentication":
            yield from ((each["name"], (each["key"],)) for each in spec["secretTargetRef"])
        case "Cluster":
            yield spec["bootstrap"]["initdb"]["secret"]["name"], ("username", "password")
            yield from ((role["passwordSecret"]["name"], ("username", "password")) for role in spec["managed"]["roles"])
        case "RabbitmqCluster":
            yield spec["secretBackend"]["externalSecret"]["name"], ("username", "password", "default_user.conf")
        case "Ingress":
            yield from ((tls["secretName"], ("tls.crt", "tls.key")) for tls in spec.get("tls", ()))
        case _:
            return


def _variables(built: Built, pods: Pods, container: Document) -> Iterator[str]:
    """Yields variables in arguments that the container has not: they would be passed on as they stand."""
    there = {variable["name"] for variable in container.get("env", ())}
    for source in container.get("envFrom", ()):
        found = [
            each for each in built.of_kind("ConfigMap") if each["metadata"]["name"] == source["configMapRef"]["name"]
        ]
        there |= {name for each in found for name in each["data"]}
    for argument in container.get("args", ()):
        yield from (f"{pods.name}: {name} has no value" for name in _VARIABLE.findall(argument) if name not in there)


def _mounts(pods: Pods, container: Document) -> Iterator[str]:
    there = {volume["name"] for volume in pods.spec.get("volumes", ())}
    there |= {claim["metadata"]["name"] for claim in pods.owner["spec"].get("volumeClaimTemplates", ())}
    for mount in container.get("volumeMounts", ()):
        if mount["name"] not in there:
            yield f"{pods.name} mounts {mount['name']}, which is no volume of its"


def _names(built: Built, kind: str) -> set[str]:
    return {document["metadata"]["name"] for document in built.of_kind(kind)}


def _services(built: Built) -> list[Document]:
    return built.of_kind("Service")
