"""Writes the dashboards into the folder that Grafana is given, and compares what is there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from deploy.observability.grafana import bus, failures, job, models, privacy, served, services, stores
from deploy.observability.grafana.page import Page, encoded

#: in the order in which they are numbered
PAGES: Sequence[Page] = [each.PAGE for each in (served, job, bus, services, failures, models, privacy, stores)]
FOLDER = Path(__file__).parent / "dashboards"


def check(folder: Path = FOLDER, pages: Sequence[Page] = PAGES, *, write: bool = False) -> list[str]:
    """Lists the files that differ from the code, are missing or belong to no dashboard; `write` mends them first."""
    wanted = {f"{page.uid}.json": encoded(page) for page in pages}
    found = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.json")}
    wrong = sorted(name for name in wanted.keys() | found.keys() if wanted.get(name) != found.get(name))
    if not write:
        return wrong
    folder.mkdir(exist_ok=True)
    for name in wrong:
        if name in wanted:
            (folder / name).write_text(wanted[name], encoding="utf-8")
        else:
            (folder / name).unlink()
    return []
