"""Every overlay builds and keeps to the schemas of its kinds."""

from __future__ import annotations

import os
from copy import deepcopy
from pathlib import Path

import pytest

from tests.k8s.built import FOLDER, OVERLAYS, SERVICES, built
from tests.k8s.schemas import against_crd, against_kubernetes, is_custom

#: the folder of the schemas of operators' kinds, `<group>_<kind>_<version>.json`
CRD_SCHEMAS = os.environ.get("CRD_SCHEMAS")


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_overlay_has_the_five_services(overlay: str) -> None:
    names = {document["metadata"]["name"] for document in built(overlay).of_kind("Deployment")}
    assert names == {f"voxbus-{service}" for service in SERVICES}


def test_every_component_is_used_by_an_overlay() -> None:
    used = "\n".join(
        (FOLDER / "overlays" / overlay / "kustomization.yaml").read_text(encoding="utf-8") for overlay in OVERLAYS
    )
    assert [path.name for path in (FOLDER / "components").iterdir() if f"components/{path.name}\n" not in used] == []


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_kubernetes_own_kinds_keep_to_their_schemas(overlay: str) -> None:
    own = [document for document in built(overlay).documents if not is_custom(document)]
    assert len(own) > 30
    assert [problem for document in own for problem in against_kubernetes(document)] == []


def test_an_unknown_field_is_a_problem() -> None:
    document = deepcopy(built("dev").named("Deployment", "voxbus-speech"))
    document["spec"]["template"]["spec"]["enableServiceLink"] = False
    [problem] = against_kubernetes(document)
    assert problem.startswith("Deployment voxbus-speech: spec.template.spec: ")
    assert "enableServiceLink" in problem


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_operators_kinds_keep_to_their_schemas(overlay: str) -> None:
    custom = [document for document in built(overlay).documents if is_custom(document)]
    if custom and CRD_SCHEMAS is None:
        kinds = sorted({document["kind"] for document in custom})
        pytest.skip(f"NOT CHECKED, because CRD_SCHEMAS names no folder of schemas: {', '.join(kinds)}")
    folder = Path(CRD_SCHEMAS or ".")
    assert [problem for document in custom for problem in against_crd(document, folder)] == []


@pytest.mark.skipif(CRD_SCHEMAS is None, reason="CRD_SCHEMAS names no folder of schemas")
def test_an_unknown_field_of_an_operators_kind_is_a_problem() -> None:
    document = deepcopy(built("production").named("ScaledObject", "voxbus-speech"))
    document["spec"]["maxReplicas"] = 3
    [problem] = against_crd(document, Path(CRD_SCHEMAS or "."))
    assert "maxReplicas" in problem
