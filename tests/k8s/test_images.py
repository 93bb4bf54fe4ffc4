"""The pods run what the Dockerfile makes: its targets and services, its user, and commands that there are."""

from __future__ import annotations

import re

import pytest

from tests.k8s.built import OVERLAYS, ROOT, built
from voxbus.__main__ import main
from voxbus.services import SERVICES

DOCKERFILE = (ROOT / "deploy" / "docker" / "Dockerfile").read_text(encoding="utf-8")
#: the target of an image that is no service's
TARGETS = {"cli": "voxbus"}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_image_is_a_target_of_the_dockerfile_and_runs_as_its_user(overlay: str) -> None:
    targets = set(re.findall(r"^FROM \S+ AS (\S+)$", DOCKERFILE, re.MULTILINE))
    services = {service.name for service in SERVICES}
    [user] = set(re.findall(r"--uid (\d+)", DOCKERFILE))
    for pods in built(overlay).pods():
        for container in pods.containers:
            owner, _, name = container["image"].partition(":")[0].rpartition("/")
            if owner == "voxbus":
                assert name in services or TARGETS[name] in targets
                assert pods.spec["securityContext"]["runAsUser"] == int(user)


def test_what_jobs_run_are_commands(capsys: pytest.CaptureFixture[str]) -> None:
    commands = {
        (*container["args"],)
        for pods in built("production").pods()
        for container in pods.containers
        if "/cli:" in container["image"]
    }
    assert {command[0] for command in commands} == {"backup", "migrate", "probe", "topology"}
    for command in sorted(commands):
        assert main([*command, "--help"]) == 0
    assert main(["topology", "applied", "--help"]) == 2
    capsys.readouterr()
