"""Tests what every main does: names a missing setting, ends well, tunes the collector, says where to begin."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from chassis.errors import SettingsError
from chassis.main import ready_line, serve
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


_FAILS = """
import sys
from chassis.main import run

async def work(settings):
    raise {error}

sys.exit(run(work, lambda _: None))
"""


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("OSError(28, 'No space left on device', 'keys.sqlite')", "voxbus: keys.sqlite cannot be used: No space left"),
        ("ValueError('hunter2')", "an error that nothing caught has ended the process"),
    ],
)
def test_an_error_ends_a_process_without_a_traceback(error: str, said: str, tmp_path: Path) -> None:
    """Starts a process of its own, since the log takes the interpreter's hooks."""
    script = _FAILS.format(error=error)
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert said in done.stderr
    assert not any(each in done.stderr for each in ("Traceback", "hunter2"))


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


def test_whoever_starts_all_is_told_where_to_begin() -> None:
    told = ready_line("all", "http://127.0.0.1:8000")
    assert told.startswith("ready at http://127.0.0.1:8000 ")
    assert "http://127.0.0.1:8000/try," in told and "http://127.0.0.1:8000/docs)" in told
    assert ready_line("notify", "http://127.0.0.1:9000") == "notify is ready at http://127.0.0.1:9000"
