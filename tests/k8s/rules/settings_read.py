"""The rules about settings: each pod is given what its process reads, and nothing that it does not need.

The product's own functions read them, with stand-ins for the values of secrets.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from chassis.errors import SettingsError
from chassis.installation_key import secret_key
from chassis.known_settings import known_settings, needed
from chassis.main import judge_settings
from chassis.service import Service
from chassis.settings import PREFIX, ServiceSettings, Settings, load
from chassis.storage.keys import keys_url
from chassis.web.principal import principal_key
from tests.k8s.built import COMPONENT, Built, Document, Pods
from tests.k8s.rules.references import secrets_of
from voxbus.services import SERVICES

#: stand-ins for secrets, by how the setting's name ends
_VALUES = {
    "DATABASE_URL": "postgresql://voxbus:stand-in@database:5432/voxbus",
    "KEYS_URL": "postgresql://voxbus:stand-in@database:5432/voxbus_keys",
    "BUS_URL": "amqp://voxbus:stand-in@broker:5672/",
    "SMTP_URL": "smtps://voxbus:stand-in@mail:465",
    "PRINCIPAL_KEY": "A" * 43,
    "VAPID_PRIVATE_KEY": "A" * 43,
}
_OTHER = "stand-in-for-a-secret-of-enough-characters"


def services_read_their_settings(built: Built) -> Iterator[str]:
    """Yields what would end the start of a service: a setting that is missing, wrong or unknown."""
    for pods in built.services():
        [container] = pods.containers
        given = environment_of(built, container)
        yield from (f"{pods.name}: {name} is no setting" for name in sorted(_unknown(given)))
        with given_settings(built, pods) as service:
            yield from [f"{pods.name}: {problem}" for problem in _judged(service)]


def services_get_no_secret_of_others(built: Built) -> Iterator[str]:
    """Yields secrets in a pod that its service does not use."""
    for pods in built.services():
        [container] = pods.containers
        told = [variable["name"] for variable in container.get("env", ()) if "valueFrom" in variable]
        kept = needed(dict.fromkeys(told, _OTHER), _service(pods))
        for name in told:
            if name not in kept:
                yield f"{pods.name} gets {name}, which {pods.labels[COMPONENT]} does not need"


def commands_read_their_settings(built: Built) -> Iterator[str]:
    """Yields what would end migrations, the topology or a backup: the owner's database, keys and broker."""
    for pods in built.pods():
        if pods.owner["kind"] not in ("Job", "CronJob"):
            continue
        for container in pods.containers:
            given = environment_of(built, container)
            yield from (f"{pods.name}: {name} is no setting" for name in sorted(_unknown(given)))
            logins = {f"{PREFIX}{service.name.upper()}_DATABASE_URL" for service in SERVICES}
            wanted = {f"{PREFIX}DATABASE_URL", f"{PREFIX}KEYS_URL"}
            wanted |= {f"{PREFIX}BUS_URL", *logins} if pods.owner["kind"] == "Job" else set()
            yield from (f"{pods.name}: {container['name']} has no {name}" for name in sorted(wanted - given.keys()))


def what_must_last_is_kept(built: Built) -> Iterator[str]:
    """Yields what would be written into a pod's own volume, and be lost with it, or be another's for each replica."""
    for pods in built.services():
        [container] = pods.containers
        given = environment_of(built, container)
        kept = ["MEDIA_URL"] + (["ERASED_URL"] if pods.labels[COMPONENT] == "gateway" else [])
        for name in kept:
            value = given.get(f"{PREFIX}{name}", "file:///var/lib/voxbus")
            if value.startswith("file://") and not _is_on_a_claim(pods, container, value.removeprefix("file://")):
                yield f"{pods.name}: {PREFIX}{name} is lost with the pod"


def files_are_on_mounts(built: Built) -> Iterator[str]:
    """Yields settings that name a file or a folder where nothing is mounted, in each container whose process reads it.

    All pods share one ConfigMap: services other than the gateway do not read the ledger, migrations no media either.
    """
    for pods in built.pods():
        unread = set() if pods.labels.get(COMPONENT) == "gateway" else {f"{PREFIX}ERASED_URL"}
        unread |= {f"{PREFIX}MEDIA_URL"} if pods.owner["kind"] == "Job" else set()
        unread -= {f"{PREFIX}ERASED_URL"} if pods.owner["kind"] == "CronJob" else set()
        for container in pods.containers:
            mounted = [Path(mount["mountPath"]) for mount in container.get("volumeMounts", ())]
            for name, value in environment_of(built, container).items():
                path = Path(value.removeprefix("file://"))
                if not value.startswith("file:///") or name in unread or any(map(path.is_relative_to, mounted)):
                    continue
                yield f"{pods.name}: {name} is {value}, which is not mounted in {container['name']}"


def backups_reach_their_places(built: Built) -> Iterator[str]:
    """Yields places of files that a backup reads or writes, and that are no mount of its pods."""
    for pods in built.pods():
        if pods.owner["kind"] != "CronJob":
            continue
        [container] = pods.containers
        for name, value in environment_of(built, container).items():
            path = value.removeprefix("file://")
            is_place = name.startswith("BACKUP_") or name.endswith("_URL")
            if is_place and path.startswith("/") and not _is_on_a_claim(pods, container, path):
                yield f"{pods.name}: {name} is {value}, which is not mounted"


def environment_of(built: Built, container: Document) -> dict[str, str]:
    """Returns the environment of a container, with stand-ins for what Secrets hold; an optional key may be missing."""
    given: dict[str, str] = {}
    made = {name: keys for (_, name), keys in secrets_of(built).items()}
    for source in container.get("envFrom", ()):
        for settings in built.of_kind("ConfigMap"):
            if settings["metadata"]["name"] == source["configMapRef"]["name"]:
                given |= settings["data"]
    for variable in container.get("env", ()):
        reference = variable.get("valueFrom", {}).get("secretKeyRef", {})
        if not reference.get("optional", False) or reference["key"] in made.get(reference["name"], ()):
            given[variable["name"]] = variable.get("value", _stand_in(variable["name"]))
    return given


def _stand_in(name: str) -> str:
    return next((value for ending, value in _VALUES.items() if name.endswith(ending)), _OTHER)


def _unknown(given: Mapping[str, str]) -> set[str]:
    return {name for name in given if name.startswith(PREFIX)} - known_settings()


def _service(pods: Pods) -> Service:
    [found] = [service for service in SERVICES if service.name == pods.labels[COMPONENT]]
    return found


def _judged(service: Service) -> Iterator[str]:
    """Reads settings as a service that is started alone does, and yields the sentence that would end the start."""
    try:
        settings, own = load(Settings), load(ServiceSettings, service.name)
        if settings.bus_url.startswith("memory:"):
            yield f"{PREFIX}BUS_URL is missing"
        if settings.database_url is None and own.database_url is None:
            yield f"no address of a database for {service.name}"
        if settings.host.startswith("127."):
            yield f"{PREFIX}HOST is {settings.host}, where nobody else reaches it"
        settings = settings.model_copy(update={"database_url": settings.database_url or own.database_url})
        judge_settings([service], settings)
        keys_url(settings)
        if service.name in ("gateway", "notify"):
            secret_key(settings, settings.secret_key)
        if service.name == "gateway":
            yield from _owners_without_address()
        elif service.routes:
            given = settings.principal_key
            secret = None if given else secret_key(settings, settings.secret_key)
            principal_key(service.name, secret=secret, given=given)
    except SettingsError as error:
        yield str(error)


def _owners_without_address() -> Iterator[str]:
    for owner in SERVICES:
        if owner.routes and load(ServiceSettings, owner.name).url is None:
            yield f"{PREFIX}{owner.name.upper()}_URL is missing"


def _is_on_a_claim(pods: Pods, container: Document, path: str) -> bool:
    claims = {volume["name"] for volume in pods.spec.get("volumes", ()) if "persistentVolumeClaim" in volume}
    mounted = [Path(mount["mountPath"]) for mount in container.get("volumeMounts", ()) if mount["name"] in claims]
    return any(Path(path).is_relative_to(each) for each in mounted)


@contextmanager
def given_settings(built: Built, pods: Pods) -> Iterator[Service]:
    """Gives this process the settings of a service's pods for a while."""
    [container] = pods.containers
    with _environment(environment_of(built, container)):
        yield _service(pods)


@contextmanager
def _environment(given: Mapping[str, str]) -> Iterator[None]:
    """Gives the process these settings and no others for a while."""
    before = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith(PREFIX)}
    os.environ.update(given)
    try:
        yield
    finally:
        for name in given:
            os.environ.pop(name, None)
        os.environ.update(before)
