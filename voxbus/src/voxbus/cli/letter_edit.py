"""Takes what shall be changed of a dead letter's body from `--set`, or from an editor."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import typer

from contracts.base import Json
from voxbus.cli.outcome import Refused


def given_changes(given: Sequence[str]) -> dict[str, Any]:
    """Reads `FIELD=JSON` of each `--set`."""
    found = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals or not name:
            raise typer.BadParameter(f"{each} is not FIELD=JSON", param_hint="--set")
        try:
            found[name] = json.loads(value)
        except ValueError:
            raise typer.BadParameter(
                f"the value of {name} is no JSON: a text stands in double quotes", param_hint="--set"
            ) from None
    return found


def edited_fields(body: Json, hidden: Collection[str] = ()) -> dict[str, Any]:
    """Lets the operator edit the body in a file that is theirs alone; returns the fields that differ.

    `hidden` are fields of which it has a mask. A new text or number may take its place; a list or an object with parts
    of the mask in it may not, so that no mask becomes what somebody said.
    """
    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with tempfile.TemporaryDirectory(prefix="voxbus-") as folder:
        file = Path(folder) / "body.json"
        file.touch(mode=0o600)
        file.write_text(json.dumps(body, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        if subprocess.run([*editor.split(), str(file)], check=False).returncode != 0:
            raise Refused(f"{editor} has failed: nothing was changed.")
        try:
            new = json.loads(file.read_text(encoding="utf-8"))
        except ValueError:
            raise Refused("What was saved is no JSON: nothing was changed.") from None
    if not isinstance(new, dict) or body.keys() - new.keys():
        raise Refused("A field was taken out, which an edit cannot: nothing was changed.")
    found = {name: value for name, value in new.items() if name not in body or body[name] != value}
    for name in sorted(found.keys() & set(hidden)):
        if isinstance(body.get(name), (list, dict)):
            raise Refused(f"What you saw of {name} is a mask: --reason shows it. Nothing was changed.")
    return found
