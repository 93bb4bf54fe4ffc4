"""Each history of migrations is one line with one head, and each file has the name of its revision."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from chassis.storage.migrations import CHASSIS
from voxbus.services import SERVICES

FOLDERS = {"chassis": CHASSIS} | {service.name: service.migrations for service in SERVICES}


@pytest.mark.parametrize("folder", FOLDERS.values(), ids=FOLDERS)
def test_a_history_has_one_head(folder: Path) -> None:
    assert len(ScriptDirectory(str(folder)).get_heads()) == 1


@pytest.mark.parametrize("folder", FOLDERS.values(), ids=FOLDERS)
def test_a_file_is_named_by_its_revision(folder: Path) -> None:
    names = {script.revision: Path(script.path).stem for script in ScriptDirectory(str(folder)).walk_revisions()}
    # the first ones are `0001_<what>` with the revision 0001
    wrong = {revision: name for revision, name in names.items() if name != revision and revision != "0001"}
    assert names and not wrong
