"""Builds an overlay with kustomize and reads the documents that it would give to a cluster."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "k8s"
OVERLAYS = sorted(path.name for path in (FOLDER / "overlays").iterdir())
#: the namespace of the services, and their names
NAMESPACE = "voxbus"
SERVICES = ("gateway", "speech", "feedback", "content", "notify")
#: the label that says which part of the product a pod is
COMPONENT = "app.kubernetes.io/component"

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pods:
    """Holds the pods that one object makes: their template, and how many there are at most while it is rolled."""

    owner: Document
    template: Document

    @property
    def name(self) -> str:
        """Names the object."""
        return f"{self.owner['kind']} {self.owner['metadata']['name']}"

    @property
    def namespace(self) -> str:
        """Returns the namespace of the pods."""
        return str(self.owner["metadata"]["namespace"])

    @property
    def labels(self) -> Mapping[str, str]:
        """Returns the labels of the pods."""
        return dict(self.template["metadata"]["labels"])

    @property
    def spec(self) -> Document:
        """Returns what the pods are made of."""
        return dict(self.template["spec"])

    @property
    def containers(self) -> list[Document]:
        """Returns the containers, those that run first included."""
        return [*self.spec.get("initContainers", ()), *self.spec["containers"]]

    @property
    def ports(self) -> dict[str, int]:
        """Returns the ports by name."""
        return {
            port["name"]: port["containerPort"] for container in self.containers for port in container.get("ports", ())
        }


class Built:
    """Holds the documents of one overlay."""

    def __init__(self, documents: list[Document]) -> None:
        self.documents = documents

    def of_kind(self, *kinds: str) -> list[Document]:
        """Returns the documents of these kinds."""
        return [document for document in self.documents if document["kind"] in kinds]

    def named(self, kind: str, name: str) -> Document:
        """Returns the one document of a kind and a name."""
        [found] = [each for each in self.of_kind(kind) if each["metadata"]["name"] == name]
        return found

    def pods(self) -> Iterator[Pods]:
        """Yields the pods that the documents make by themselves; operators make others."""
        for document in self.of_kind("Deployment", "StatefulSet", "Job"):
            yield Pods(document, document["spec"]["template"])
        for document in self.of_kind("CronJob"):
            yield Pods(document, document["spec"]["jobTemplate"]["spec"]["template"])

    def services(self) -> list[Pods]:
        """Returns the pods of the five services."""
        return [pods for pods in self.pods() if pods.owner["kind"] == "Deployment"]

    def monitors(self) -> list[Document]:
        """Returns what reads the metrics of the services; another one reads the brokers'."""
        return [each for each in self.of_kind("PodMonitor") if each["metadata"]["namespace"] == NAMESPACE]

    def with_own(self, document: Document) -> tuple[Built, Document]:
        """Returns a copy that shares all documents but one, and its own copy of that one."""
        own = deepcopy(document)
        return Built([own if each is document else each for each in self.documents]), own


@cache
def built(overlay: str) -> Built:
    """Builds an overlay. The Secrets of `dev`, which a script makes, are among its documents."""
    command = [str(Path(sys.executable).parent / "kubectl"), "kustomize", str(FOLDER / "overlays" / overlay)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return Built([*yaml.load_all(done.stdout, Loader=yaml.CSafeLoader), *_made_by_script(overlay)])


def _made_by_script(overlay: str) -> list[Document]:
    script = FOLDER / "overlays" / overlay / "dev_secrets.py"
    if not script.exists():
        return []
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True, timeout=60)
    return list(json.loads(done.stdout)["items"])


def selects(selector: Document | None, labels: Mapping[str, str]) -> bool:
    """Tells whether a label selector selects something with these labels: an empty one everything, none nothing."""
    if selector is None:
        return False
    wanted = selector.get("matchLabels", {})
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        _holds(expression, labels) for expression in selector.get("matchExpressions", ())
    )


def _holds(expression: Document, labels: Mapping[str, str]) -> bool:
    value = labels.get(expression["key"])
    match expression["operator"]:
        case "In":
            return value in expression["values"]
        case "NotIn":
            return value not in expression["values"]
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case other:
            raise ValueError(f"a selector has the operator {other}")
