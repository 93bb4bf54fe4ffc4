"""Tests what every main does: it names the setting that a service lacks, and tunes the garbage collector."""

from __future__ import annotations

import subprocess
import sys

import pytest

from chassis.errors import SettingsError
from chassis.main import serve
from chassis.settings import Settings

COMPLETE = Settings(
    bus_url="amqp://nobody@127.0.0.1:1/",
    database_url="postgresql://nobody@127.0.0.1:1/none",
    keys_url="file:///nowhere/keys.sqlite",
)


@pytest.mark.parametrize(
    ("lacking", "sentence"),
    [
        ({"bus_url": "memory://"}, r"VOXBUS_BUS_URL must name a broker"),
        ({"database_url": None}, r"VOXBUS_DATABASE_URL is required"),
        ({"keys_url": None}, r"VOXBUS_KEYS_URL is required"),
    ],
)
async def test_services_of_a_larger_system_name_the_setting_they_lack(
    lacking: dict[str, str | None], sentence: str
) -> None:
    with pytest.raises(SettingsError, match=sentence):
        await serve([], COMPLETE.model_copy(update=lacking))


_LOOKS = """
import gc
from chassis.main import tune_gc

begun = [0]
gc.callbacks.append(lambda phase, _: begun.__setitem__(0, begun[0] + (phase == "start")))
tune_gc()
kept, begun[0] = [], 0
for number in range(9_000):
    kept.append([number])
print(gc.get_freeze_count() > 1_000, begun[0])
for number in range(2_000):
    kept.append([number])
print(begun[0])
"""


def test_python_looks_for_garbage_seldom_and_never_at_what_was_made_at_the_start() -> None:
    """Starts a process of its own, since the collector is set once for a whole process."""
    payload = subprocess.run([sys.executable, "-c", _LOOKS], capture_output=True, text=True, check=True).stdout
    assert payload.splitlines() == ["True 0", "1"]
