"""Holds docker-compose.yml and the Dockerfile to what they promise, without a Docker engine."""

from __future__ import annotations

import ipaddress
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from chassis.development import PUBLISHED
from chassis.drain_times import LONGEST_DRAIN_S
from chassis.known_settings import OF_COMMAND_LINE, OF_SERVICES, known_settings, needed
from chassis.settings import FILE
from chassis.web.principal import principal_key
from chassis.web.problems import OUTCOME_UNKNOWN, UNAVAILABLE
from content.lessons.exchange_routes import MOST_BYTES
from tests.brokers import IMAGE as BROKER
from tests.images import moves
from voxbus.services import SERVICES

ROOT = Path(__file__).parents[2]
FILE_OF = ROOT / "docker-compose.yml"
TEXT = FILE_OF.read_text(encoding="utf-8")
COMPOSED: dict[str, Any] = yaml.load(TEXT, Loader=yaml.CSafeLoader)["services"]
DOCKERFILE = (ROOT / "deploy" / "docker" / "Dockerfile").read_text(encoding="utf-8")
NGINX = (ROOT / "deploy" / "docker" / "nginx-gateway.conf").read_text(encoding="utf-8")
NAMES = [service.name for service in SERVICES]
#: they end by themselves, or have no program that could ask
WITHOUT_HEALTH = {"migrate", "voxbus", "collector"}
#: what they hold is made with them
ALONE = {"postgres", "rabbitmq", "s3", "mail", "prometheus", "alertmanager", "collector"}
#: settings that make no sense in a container, or that compose gives to one service alone
_SENSELESS = ("GATEWAYS", "CRASH_AT", "TRUSTED_PROXIES", "ERASED_URL", "PRINCIPAL_KEY")


@pytest.mark.parametrize("name", COMPOSED)
def test_each_container_is_confined_watched_and_limited(name: str) -> None:
    container = COMPOSED[name]
    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"] and container["security_opt"] == ["no-new-privileges:true"]
    assert str(container["user"]).partition(":")[0] not in ("root", "0")
    assert {"memory", "pids"} <= container["deploy"]["resources"]["limits"].keys()
    assert (name in WITHOUT_HEALTH) == bool(container["healthcheck"].get("disable"))
    assert name in WITHOUT_HEALTH or container["healthcheck"]["test"]
    assert (name in ALONE) == ("depends_on" not in container)


def test_each_dependency_has_a_condition_that_can_hold() -> None:
    for container in COMPOSED.values():
        for name, how in container.get("depends_on", {}).items():
            ends = name in ("migrate",)
            assert how["condition"] == ("service_completed_successfully" if ends else "service_healthy")


def test_ports_are_published_on_loopback_alone() -> None:
    for name, container in COMPOSED.items():
        for port in container.get("ports", []):
            assert ipaddress.ip_address(port.partition(":")[0]).is_loopback, name


@pytest.mark.parametrize("name", NAMES)
def test_a_service_is_given_a_longer_end_than_its_drain(name: str) -> None:
    assert int(COMPOSED[name]["stop_grace_period"].removesuffix("s")) > LONGEST_DRAIN_S


@pytest.mark.parametrize("service", SERVICES, ids=NAMES)
def test_a_service_has_every_setting_that_it_reads_and_no_other(service: Any) -> None:
    """Leaves out secrets as files, which compose has no need of, and what makes no sense in a container."""
    given = {name for name in COMPOSED[service.name]["environment"] if name.startswith("VOXBUS_")}
    everything = dict.fromkeys(known_settings(), "x")
    reads = {name for name in needed(everything, service) if not name.endswith(FILE)}
    reads -= {f"VOXBUS_{name}" for name in (*_SENSELESS, *OF_COMMAND_LINE)}
    reads -= {f"VOXBUS_{other.upper()}_URL" for other in OF_SERVICES}
    if service.name != "gateway":
        reads -= {f"VOXBUS_{service.name.upper()}_RECORDER_CONNECTIONS"}
    if not service.routes:
        reads -= {f"VOXBUS_{service.name.upper()}_ROUTES_CONNECTIONS"}
    assert reads - {"VOXBUS_SECRET_KEY", "VOXBUS_SECRET_KEY_PREVIOUS"} <= given
    assert given <= set(needed(everything, service)) | {"VOXBUS_PRINCIPAL_KEY"}


def test_secrets_go_only_to_those_that_use_them() -> None:
    with_secret = {name for name, each in COMPOSED.items() if "VOXBUS_SECRET_KEY" in each.get("environment", {})}
    assert with_secret == {"gateway", "notify", "voxbus"}
    owners = {name for name, each in COMPOSED.items() if "OWNER_PASSWORD" in str(each.get("environment"))}
    assert owners == {"migrate", "voxbus", "postgres"}
    for name in NAMES:
        passwords = set(re.findall(r"([A-Z]+)_PASSWORD", str(COMPOSED[name]["environment"])))
        assert passwords == {name.upper(), "BROKER"}, name


def test_the_gateway_finds_each_service_with_routes() -> None:
    environment = COMPOSED["gateway"]["environment"]
    for service in SERVICES:
        if service.routes and service.name != "gateway":
            assert environment[f"VOXBUS_{service.name.upper()}_URL"] == f"http://{service.name}:8000"


def test_examples_of_secrets_are_known_as_such() -> None:
    examples = set(re.findall(r"\$\{(?:\w+_PASSWORD|\w+_KEY):-([^}]+)\}", TEXT)) - {"example-s3-secret"}
    assert examples <= PUBLISHED
    secret = "this-example-ends-the-start-make-your-own"
    for name in ("content", "feedback"):
        given = COMPOSED[name]["environment"]["VOXBUS_PRINCIPAL_KEY"].partition(":-")[2].rstrip("}")
        assert principal_key(name, secret=None, given=given) == principal_key(name, secret=secret, given=None)


def test_what_compose_is_told_stands_in_the_example_file() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    told = set(re.findall(r"\$\{(\w+)", TEXT)) | set(re.findall(r"^ +((?:VOXBUS|AWS)_\w+):$", TEXT, re.MULTILINE))
    assert {name for name in told if not re.search(rf"^# {name}=", example, re.MULTILINE)} == set()


def test_each_image_has_a_fixed_version_and_no_registrys_address() -> None:
    named = [each["image"] for each in COMPOSED.values()] + re.findall(r"^FROM (\S+:\S+)", DOCKERFILE, re.MULTILINE)
    for image in named:
        assert "." not in image.partition(":")[0].partition("/")[0], image
        assert image.startswith("voxbus") or not moves(image), image
    assert not moves(BROKER)
    assert "# syntax" not in DOCKERFILE


@pytest.mark.parametrize(
    "image", ["python", "python:latest", "python:3.11-slim", "debian:trixie-slim", "postgres:17.6", "pgvector/x:pg17"]
)
def test_an_image_whose_name_may_stand_for_another_is_refused(image: str) -> None:
    assert moves(image)


def test_the_image_of_a_service_holds_that_service_alone_and_not_what_builds_it() -> None:
    stages = dict(re.findall(r"^FROM (?:\S+) AS (\S+)\n((?:(?!FROM ).*\n)*)", DOCKERFILE, re.MULTILINE))
    bases = {stage: base for base, stage in re.findall(r"^FROM (\S+) AS (\S+)", DOCKERFILE, re.MULTILINE)}
    assert bases["service"] == "base" and bases["base"] == "python"
    for name in NAMES:
        assert bases[name] == "service"
        assert set(re.findall(r"/app/services\S*", stages[name])) == {f"/app/services/{name}"}
        assert set(re.findall(r"--from=(\S+-installed)", stages[name])) == {f"{name}-installed"}
        assert f"install services/{name}\n" in stages[f"{name}-installed"]
        assert COMPOSED[name]["build"]["target"] == name
    assert "USER 10001" in stages["base"] and "healthy" in stages["service"]


def test_nginx_passes_everything_on_as_it_comes() -> None:
    """Reads what nginx does with each request: nothing is buffered, cut short or told wrongly."""
    directives = re.findall(r"^\s*(\w+) ([^;{]+);", NGINX, re.MULTILINE)
    told = {value.split()[0]: value.split()[1] for name, value in directives if name == "proxy_set_header"}
    given = dict(directives)
    assert given["proxy_buffering"] == given["proxy_request_buffering"] == given["proxy_cache"] == "off"
    assert given["proxy_read_timeout"] == given["proxy_send_timeout"] == "1h"
    assert int(given["client_max_body_size"].removesuffix("m")) * 1024 * 1024 > MOST_BYTES  # and a form around it
    assert told == {
        "Host": "$http_host",
        "X-Forwarded-For": "$remote_addr",
        "X-Forwarded-Proto": "$scheme",
        "Forwarded": '""',
        "Upgrade": "$http_upgrade",
        "Connection": "$connection_upgrade",
    }


def test_nginx_says_what_a_gateway_would_where_there_is_none() -> None:
    said = [json.loads(text) for text in re.findall(r"return 50\d '([^']+)'", NGINX)]
    assert [each["status"] for each in said] == [504, 503]
    for problem, each in zip((OUTCOME_UNKNOWN, UNAVAILABLE), said, strict=True):
        assert each == {
            "type": f"/problems/{problem.name}",
            "title": problem.title,
            "status": problem.status,
            "detail": problem.detail,
        }
    assert f"add_header Retry-After {UNAVAILABLE.retry_after} " in NGINX


def test_each_service_may_wait_for_a_debugger_on_a_port_of_its_own() -> None:
    debugged = yaml.safe_load((ROOT / "docker-compose.debug.yml").read_text(encoding="utf-8"))["services"]
    assert list(debugged) == NAMES
    ports = [port for name in NAMES for port in debugged[name]["ports"]]
    assert len(set(ports)) == len(NAMES)
    assert all(re.fullmatch(r"127\.0\.0\.1:\$\{DEBUG_[A-Z]+_PORT:-\d+\}:5678", port) for port in ports)
    for name in NAMES:
        assert debugged[name]["build"] == {"target": "debug", "args": {"SERVICE": name}}
        assert debugged[name]["command"] == ["with-debugger", name]
        for mount in debugged[name]["volumes"]:
            here, there, how = mount.split(":")
            assert f"/app/{here.removeprefix('./')}" == there and how == "ro" and (ROOT / here).is_dir()
