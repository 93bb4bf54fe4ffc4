"""Checks that a prompt which was released has not changed: another wording, or another schema, has another number."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from feedback.models.prompts import ANSWER_SCHEMA, FOLDER, INPUT_SCHEMA
from feedback.models.shapes import answer_schema, input_schema

#: the file's name; `sha256sum --check` reads it too
SUMS = "SHA256SUMS"


def wrong_prompts(folder: Path = FOLDER, *, write: bool = False) -> list[str]:
    """Lists the prompt files that have changed or are not complete; `write` adds what is missing alone."""
    wrong = [line for path, text in _schemas(folder) if (line := _schema_is(path, text, write=write))]
    released = _released(folder)
    files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.glob("*/*"))}
    sums = {name: sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
    wrong += [f"{name} was deleted: what it was is still asked for" for name in released.keys() - sums.keys()]
    wrong += [
        f"{name} has changed: leave it as it was, and write the next number"
        for name in released.keys() & sums.keys()
        if released[name] != sums[name]
    ]
    new = {name: sums[name] for name in sums.keys() - released.keys()}
    if write and not wrong:
        lines = sorted(f"{digest}  {name}\n" for name, digest in (released | new).items())
        (folder / SUMS).write_text("".join(sorted(lines, key=lambda line: line[66:])), encoding="utf-8")
    else:
        wrong += [f"{name} is not in {SUMS}" for name in new]
    return sorted(wrong)


def _released(folder: Path) -> dict[str, str]:
    path = folder / SUMS
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def _schemas(folder: Path) -> Iterator[tuple[Path, str]]:
    """Yields the schema files that the newest prompt of each role has, with what has to be in them."""
    for role in folder.iterdir():
        numbers = [int(path.stem) for path in role.glob("*.md")] if role.is_dir() else []
        if numbers:
            yield role / f"{max(numbers)}{INPUT_SCHEMA}", _json(input_schema(role.name))
            if (schema := answer_schema(role.name)) is not None:
                yield role / f"{max(numbers)}{ANSWER_SCHEMA}", _json(schema)


def _schema_is(path: Path, text: str, *, write: bool) -> str | None:
    if not path.exists() and write:
        path.write_text(text, encoding="utf-8")
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return None
    name = f"{path.parent.name}/{path.name}"
    return f"{name} is not what shapes.py says: write a prompt of the next number"


def _json(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
