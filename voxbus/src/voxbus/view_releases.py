"""Compares the views in the schemas `api` and `public_api` with the released ones.

Processes of the release before read the views while they are replaced: a released view keeps its columns, and gives no
value that was not in its closed lists then. `schemas/released_views` holds both; only a release changes it. Clients
read those in `public_api`: a released one keeps its columns as well, and may get more.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from contracts.base import Json
from contracts.views import View

RELEASED = "schemas/released_views"
#: below it, those in `public_api`
_PUBLIC = "public_api"


def broken(folder: Path, views: Sequence[View]) -> list[str]:
    """Returns a sentence for each way in which views break the released ones; `folder` is that of contracts."""
    declared = {view.name: view for view in views}
    return [
        f"api.{path.stem}: {sentence}"
        for path in sorted((folder / RELEASED).glob("*.json"))
        for sentence in _broken(json.loads(path.read_text(encoding="utf-8")), declared.get(path.stem))
    ]


def _broken(released: Json, view: View | None) -> Iterator[str]:
    if view is None:
        yield "it was released and is gone: the release before reads it."
        return
    if view.columns != released["columns"]:
        yield f"it was released with the columns {released['columns']}: make another version beside it."
    for path, values in released["values"].items():
        more = [value for value in view.values.get(path, ("any value",)) if value not in values]
        if more:
            yield (
                f"{path} may be {', '.join(more)}, which the release before refuses: give the nearest value that it"
                " knows, and the new one in another version of the view."
            )


def broken_public(folder: Path, views: Mapping[str, Mapping[str, str]]) -> list[str]:
    """Returns a sentence for each column in `public_api` that clients have read and that is gone or of another type."""
    return [
        f"public_api.{path.stem}: its column {column} was released as {kind} and is {views[path.stem][column]} now."
        if column in views.get(path.stem, {})
        else f"public_api.{path.stem}: its column {column} was released and is gone: clients read it."
        for path in sorted((folder / RELEASED / _PUBLIC).glob("*.json"))
        for column, kind in json.loads(path.read_text(encoding="utf-8"))["columns"].items()
        if views.get(path.stem, {}).get(column) != kind
    ]


def release_public(folder: Path, views: Mapping[str, Mapping[str, str]]) -> None:
    """Makes today's views in `public_api` the released ones."""
    below = folder / RELEASED / _PUBLIC
    below.mkdir(parents=True, exist_ok=True)
    for name, columns in views.items():
        told = json.dumps({"columns": dict(columns)}, indent=2)
        (below / f"{name}.json").write_text(f"{told}\n", encoding="utf-8")


def release(folder: Path, views: Sequence[View]) -> None:
    """Makes today's views the released ones."""
    (folder / RELEASED).mkdir(parents=True, exist_ok=True)
    for view in views:
        told = {"columns": view.columns, "values": view.values}
        (folder / RELEASED / f"{view.name}.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
