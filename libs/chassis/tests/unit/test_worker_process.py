"""Tests a child process per slot: results, exceptions, crashes, and what remains after a cancel or a timeout."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from chassis.observe import metrics
from chassis.worker_process import WorkerCrashed, WorkerFailed, WorkerPool, WorkerProcess

Setup = Callable[[], Callable[[Any], Any]]


def work(expression: str) -> Setup:
    """Makes a setup that any process can import: it evaluates the text of a lambda."""
    return partial(eval, expression)


PID = work("lambda _: __import__('os').getpid()")
SLEEP = work("lambda seconds: seconds and __import__('time').sleep(seconds)")
ODD = "(_ for _ in ()).throw(type('Odd', (Exception,), {})('why'))"  # raises what cannot be pickled
KILL_SELF = work("lambda number: number and __import__('os').kill(__import__('os').getpid(), number)")


def alive(pid: int | None) -> bool:
    assert pid is not None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_work_runs_in_one_other_process_whatever_its_size() -> None:
    child = WorkerProcess[None, int](PID, "pid")
    first, second = await child.call(None), await child.call(None)
    assert first == second == child.pid != os.getpid()
    await child.close()
    assert not alive(first)

    echo = WorkerProcess[bytes, bytes](work("lambda data: data[::-1]"), "echo")
    audio = bytes(range(256)) * 20_000
    assert await echo.call(audio) == audio[::-1]
    await echo.close()


async def test_a_child_inherits_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXBUS_SECRET_KEY", "which no child has to know")
    child = WorkerProcess[None, list[str]](work("lambda _: sorted(__import__('os').environ)"), "environment")
    assert not [name for name in await child.call(None) if name.startswith("VOXBUS")]
    await child.close()


CALLS = "type('Evil', (), {'__reduce__': lambda self: (__import__('os').getenv, ('HOME',))})()"


async def test_an_answer_that_would_run_code_here_is_not_read() -> None:
    child = WorkerProcess[None, Any](work(f"lambda _: {CALLS}"), "evil")
    with pytest.raises(WorkerFailed, match="getenv may not be in it"):
        await child.call(None)
    await child.close()


#: steps that end before they begin, lie in the future, have a name of nobody's, or are none
STEPS = "[('hear', 5, 3), ('hear', 2**62, 2**62), ('Rose', 1, 2), 7, (1, 2, 3)]"


async def test_steps_that_cannot_be_are_left_out_and_the_work_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sends steps as of a clock that is set while a child works: what it did is as good as before."""
    noted: list[str] = []
    monkeypatch.setattr("chassis.worker_process.moment", lambda name, *_rest: noted.append(name))
    told = f"__import__('chassis.observe.child_steps').observe.child_steps._steps.extend({STEPS})"
    child = WorkerProcess[bool, str](work(f"lambda asked: asked and ({told}, 'done')[1]"), "clock")
    assert await child.call(True) == "done"
    assert noted == []
    await child.close()


_LOGS = """
import asyncio
from functools import partial
from chassis.observe.logs import configure_logs
from chassis.worker_process import WorkerProcess

WORK = "lambda text: __import__('logging').getLogger('somebody').warning('password=%s', text)"

async def main():
    configure_logs("json")
    child = WorkerProcess(partial(eval, WORK), "child")
    await child.call("hunter2")
    await child.close()

asyncio.run(main())
"""


def test_what_a_library_logs_in_a_child_passes_the_filter_of_the_log() -> None:
    """Starts a process of its own, whose stderr the child shares."""
    done = subprocess.run([sys.executable, "-c", _LOGS], capture_output=True, text=True, check=True)
    [line] = done.stderr.splitlines()
    assert json.loads(line)["event"] == "password=[removed]"


@pytest.mark.parametrize("end", [signal.SIGSEGV, signal.SIGABRT])
async def test_a_crash_names_its_signal_and_the_next_call_works(end: signal.Signals) -> None:
    counted = partial(metrics.REGISTRY.get_sample_value, "voxbus_child_processes_ended_total")
    crashed = {"kind": "crasher", "reason": "crashed"}
    child = WorkerProcess[int, Any](KILL_SELF, "crasher")
    before = counted(crashed)
    assert before is not None, "the first crash would be no increase"
    with pytest.raises(WorkerCrashed, match=f"'crasher' ended with signal {end.name}") as caught:
        await child.call(end)
    assert caught.value.exitcode == -end
    assert counted(crashed) == before + 1
    assert await child.call(0) == 0
    await child.close()


async def test_exit_without_an_answer_is_a_crash() -> None:
    child = WorkerProcess[int, Any](work("__import__('os')._exit"), "leaver")
    with pytest.raises(WorkerCrashed, match="exit code 3"):
        await child.call(3)


async def test_exceptions_come_back_and_the_child_stays() -> None:
    child = WorkerProcess[str, int](work(f"lambda text: len(text) if text != 'odd' else {ODD}"), "len")
    with pytest.raises(TypeError, match="has no len"):
        await child.call(5)  # type: ignore[arg-type]  # the error is the point
    pid = child.pid
    with pytest.raises(WorkerFailed, match="Odd: why"):
        await child.call("odd")
    assert await child.call("four") == 4
    assert child.pid == pid
    await child.close()


async def test_a_failing_setup_raises_and_leaves_no_process() -> None:
    child = WorkerProcess[None, None](work("1 / 0"), "broken")
    with pytest.raises(ZeroDivisionError):
        await child.start()
    assert child.pid is None


async def test_cancel_kills_the_child_and_the_next_call_starts_another() -> None:
    child = WorkerProcess[float, Any](SLEEP, "sleeper")
    await child.start()
    pid = child.pid
    task = asyncio.create_task(child.call(60))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not alive(pid)
    assert await child.call(0) == 0
    assert child.pid != pid
    await child.close()


async def test_cancel_during_the_start_leaves_a_child_that_can_be_used() -> None:
    child = WorkerProcess[None, int](PID, "pid")
    for steps in range(6):
        task = asyncio.create_task(child.start())
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert child.pid is None
    assert await child.call(None) == child.pid
    await child.close()


async def test_timeout_kills_the_child() -> None:
    child = WorkerProcess[float, Any](SLEEP, "sleeper")
    await child.start()
    pid = child.pid
    with pytest.raises(TimeoutError):
        await child.call(60, timeout=0.01)
    assert not alive(pid)


async def test_each_slot_has_its_own_child_and_a_crash_spares_the_neighbour() -> None:
    children = WorkerPool[int, Any](KILL_SELF, "pair", size=2)
    await children.start()
    async with children.slot() as one, children.slot() as two:
        neighbour = two.pid
        assert one.pid != neighbour
        with pytest.raises(WorkerCrashed):
            await one.call(signal.SIGSEGV)
        assert await two.call(0) == 0
        assert two.pid == neighbour
        waiting = asyncio.create_task(children.call(0))
        await asyncio.sleep(0)
        assert not waiting.done()
    assert await waiting == 0
    await children.close()


async def test_those_that_need_not_be_warm_start_with_their_first_work() -> None:
    children = WorkerPool[None, int](PID, "pair", size=2)
    await children.start(1)
    async with children.slot() as first, children.slot() as second:
        assert (first.pid is None, second.pid is None) == (False, True)
        assert await second.call(None) == second.pid
    await children.close()


def test_a_working_child_dies_with_its_parent() -> None:
    # The child holds stderr open: run() comes back only when both are gone.
    parent = subprocess.run([sys.executable, "-c", DYING_PARENT], check=False, stderr=subprocess.PIPE, timeout=30)
    assert parent.returncode == -signal.SIGKILL, parent.stderr


DYING_PARENT = """
import asyncio, functools, os, signal
from chassis.worker_process import WorkerProcess

async def main():
    child = WorkerProcess(functools.partial(eval, "lambda seconds: __import__('time').sleep(seconds)"), "orphan")
    await child.start()
    asyncio.get_running_loop().call_soon(os.kill, os.getpid(), signal.SIGKILL)
    await child.call(60)

asyncio.run(main())
"""
