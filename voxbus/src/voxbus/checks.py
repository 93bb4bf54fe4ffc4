"""Checks the code as a whole for `make check`: see `python -m voxbus.checks --help`."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import contracts
from chassis.console import notify_operator
from chassis.delivery.job_problems import JOB_PROBLEMS
from chassis.errors import VoxbusError
from chassis.service import Service
from chassis.storage.drift import drift, view_drift
from chassis.storage.migrations import migrate
from chassis.storage.public_api import wrong_rights
from chassis.storage.view_values import unknown_values
from chassis.web.document import fragment_of
from contracts.base import Problem
from contracts.public_views import PUBLIC_VIEWS, READERS
from contracts.schema import files
from contracts.views import VIEWS, View, dead_letters_of, open_of
from feedback.models.released_prompts import wrong_prompts
from gateway.edge.app import own_document
from gateway.edge.forward.join import join
from gateway.edge.openapi import DOCUMENT_FILE
from gateway.jobs.topology import TOPOLOGY_FILE
from voxbus import asyncapi, messages_page, metrics_page, schema_releases, view_releases
from voxbus.local.postgres import start_postgres
from voxbus.services import SERVICES, topology

#: the package's folder in the repository: its modules lie in `src/contracts`
CONTRACTS = Path(contracts.__file__).parents[2]
DOCS = CONTRACTS.parents[1] / "docs"
#: the file in a service's folder that describes its routes to clients
FRAGMENT = "openapi.json"


def check_schemas(folder: Path = CONTRACTS, *, write: bool = False) -> list[str]:
    """Lists the committed schemas and examples that differ from the messages; `write` updates them first."""
    paths = [path for kind in ("schemas", "examples") for path in (folder / kind).glob("*.json")]
    return _compare(folder, files(), paths, write=write)


def check_documents(folder: Path = DOCS, *, write: bool = False) -> list[str]:
    """Lists the generated documents that differ from messages, handlers and metrics; `write` updates them first."""
    described = json.dumps(asyncapi.document(), indent=2, ensure_ascii=False) + "\n"
    wanted = {"asyncapi.json": described, "messages.md": messages_page.page(), "metrics.md": metrics_page.page()}
    return _compare(folder, wanted, [path for name in wanted if (path := folder / name).exists()], write=write)


def check_topology(folder: Path = TOPOLOGY_FILE.parent, *, write: bool = False) -> list[str]:
    """Lists the gateway's topology file if it differs from the handlers; `write` updates it first."""
    path = folder / TOPOLOGY_FILE.name
    wanted = {path.name: topology().to_json()}
    return _compare(folder, wanted, [path] if path.exists() else [], write=write)


def check_fragments(services: Sequence[Service] = SERVICES, *, write: bool = False) -> list[str]:
    """Lists the services whose committed fragment differs from their routes; `write` updates it first."""
    wrong = []
    for service in services:
        folder = service.migrations.parent
        path = folder / FRAGMENT
        described = json.dumps(fragment_of(service.name, service.routes), indent=1, ensure_ascii=False) + "\n"
        wanted = {FRAGMENT: described} if service.routes else {}
        if _compare(folder, wanted, [path] if path.exists() else [], write=write):
            wrong.append(service.name)
    return wrong


def check_document(
    path: Path = DOCUMENT_FILE, services: Sequence[Service] = SERVICES, *, write: bool = False
) -> list[str]:
    """Lists the public document if it is not the join of the gateway's own and of the services' committed fragments.

    `write` updates it first. Raises ValueError for fragments that cannot be joined.
    """
    files = [file for service in services if (file := service.migrations.parent / FRAGMENT).exists()]
    fragments = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    joined = json.dumps(join([own_document(), *fragments], job_problems(services)), indent=1, ensure_ascii=False) + "\n"
    return _compare(path.parent, {path.name: joined}, [path] if path.exists() else [], write=write)


def job_problems(services: Sequence[Service]) -> list[Problem]:
    """Returns every problem that may end a job."""
    return [*JOB_PROBLEMS, *(problem for service in services for problem in service.problems)]


def _compare(folder: Path, wanted: dict[str, str], paths: Sequence[Path], *, write: bool) -> list[str]:
    found = {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in paths}
    wrong = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
    if not write:
        return wrong
    for name in wrong:
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        if name in wanted:
            path.write_text(wanted[name], encoding="utf-8")
        else:
            path.unlink()
    return []


def declared_views() -> list[View]:
    """Returns every view in schema `api`."""
    return [*VIEWS, *(view(service.name) for service in SERVICES for view in (open_of, dead_letters_of))]


async def check_views(url: str) -> list[str]:
    """Lists the views of a migrated database that have other columns, give other values or have other rights."""
    views = declared_views()
    wrong = await view_drift(url, {view.name: view.columns for view in views})
    wrong += await view_drift(url, PUBLIC_VIEWS, "public_api") + await wrong_rights(url, READERS)
    return wrong or await unknown_values(url, SERVICES, {view.name: view.values for view in views})


def check_released() -> list[str]:
    """Lists what breaks the messages and views of the release before."""
    return [
        *schema_releases.broken(CONTRACTS),
        *view_releases.broken(CONTRACTS, declared_views()),
        *view_releases.broken_public(CONTRACTS, PUBLIC_VIEWS),
    ]


def release() -> list[str]:
    """Makes today's messages and views the released ones, unless they break what was released."""
    wrong = check_released() or schema_releases.release(CONTRACTS)
    if not wrong:
        view_releases.release(CONTRACTS, declared_views())
        view_releases.release_public(CONTRACTS, PUBLIC_VIEWS)
    return wrong


async def check_drift() -> list[str]:
    """Lists the differences between tables and views in the code and a newly migrated database, a line each."""
    with tempfile.TemporaryDirectory() as folder:
        async with await start_postgres(Path(folder), lambda _: None) as postgres:
            await migrate(postgres.dsn, SERVICES)
            return [
                f"{service.name}: {difference}"
                for service in SERVICES
                for difference in await drift(postgres.dsn, service)
            ] + await check_views(postgres.dsn)


#: the generated files, in the order in which one is made from another
_WRITTEN: Mapping[str, tuple[str, Callable[..., list[str]]]] = {
    "schemas": ("committed schemas and examples are those of the messages", check_schemas),
    "fragments": ("each service's openapi.json says what its routes are", check_fragments),
    "document": ("the gateway's openapi.json joins its own operations with each service's", check_document),
    "topology": ("the gateway's topology.json lists the queues of all handlers", check_topology),
    "prompts": ("prompts that were released have not changed, and have the schemas of their roles", wrong_prompts),
    "documents": (
        "docs/asyncapi.json, docs/messages.md and docs/metrics.md say what messages, handlers and metrics are",
        check_documents,
    ),
}


def check_committed(*, write: bool = False) -> list[str]:
    """Lists the generated files that differ from the code; `write` updates them first."""
    return [f"{name}: {line}" for name, (_, check) in _WRITTEN.items() for line in check(write=write)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one check and returns 0 when it passes, else 1, with a line for each difference."""
    parser = argparse.ArgumentParser(prog="voxbus.checks", description="Check what is committed against the code.")
    checks = parser.add_subparsers(dest="check", required=True)
    checks.add_parser("drift", help="migrations create the tables and views that the code declares")
    checks.add_parser("released", help="messages and views are compatible with the released ones")
    checks.add_parser("release", help="make these the released ones, unless they break what was released")
    everything = {**{name: what for name, (what, _) in _WRITTEN.items()}, "committed": "all of these"}
    for name, what in everything.items():
        checks.add_parser(name, help=what).add_argument("--write", action="store_true", help="write them anew")
    options = parser.parse_args(arguments)
    try:
        match options.check:
            case "drift":
                wrong = asyncio.run(check_drift())
            case "committed":
                wrong = check_committed(write=options.write)
            case "released":
                wrong = check_released()
            case "release":
                wrong = release()
            case name:
                wrong = _WRITTEN[name][1](write=options.write)
    except (VoxbusError, ValueError) as error:
        wrong = [str(error)]
    for line in wrong:
        notify_operator(f"{options.check}: {line}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
