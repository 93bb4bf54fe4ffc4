"""Checks documents against the schemas of Kubernetes, and those of operators' kinds against their CRDs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import kubernetes_validate

from tests.k8s.built import Document

#: the release of Kubernetes whose schemas hold
VERSION = "1.37"


def is_custom(document: Document) -> bool:
    """Tells whether a document is of a kind that some operator has brought."""
    group, _, version = document["apiVersion"].partition("/")
    return bool(version) and "." in group and (not group.endswith(".k8s.io") or group.startswith("gateway."))


def against_kubernetes(document: Document) -> Iterator[str]:
    """Yields what is wrong with a document of Kubernetes' own kinds, unknown fields included."""
    try:
        kubernetes_validate.validate(document, VERSION, strict=True)
    except kubernetes_validate.ValidationError as error:
        yield f"{_name(document)}: {'.'.join(map(str, error.path))}: {error.message}"


def against_crd(document: Document, folder: Path) -> Iterator[str]:
    """Yields what is wrong with a document of an operator's kind, by the schema in a folder."""
    group, _, version = document["apiVersion"].partition("/")
    path = folder / f"{group}_{document['kind'].lower()}_{version}.json"
    if not path.exists():
        yield f"{_name(document)}: there is no schema {path.name}"
        return
    schema = json.loads(path.read_text(encoding="utf-8"))
    for error in jsonschema.Draft7Validator(schema).iter_errors(document):
        yield f"{_name(document)}: {'.'.join(map(str, error.path))}: {error.message}"


def _name(document: Document) -> str:
    return f"{document['kind']} {document['metadata']['name']}"
