"""Tests what a confined process can no longer do; each confines a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from chassis.confinement import OWN_UID

_BEGIN = f"""
import os, socket, subprocess, threading
from chassis.confinement import confine, limit_processor
asked, answers = threading.Event(), []
def later():
    asked.wait()
    try:
        socket.socket()
    except PermissionError:
        answers.append("refused")
thread = threading.Thread(target=later)
thread.start()
assert confine(memory=64 << 20, files=False, uid={OWN_UID}) == []
asked.set()
thread.join()
"""


def confined(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", _BEGIN + code], capture_output=True, text=True, check=False)


CALLS = """
for call in (
    lambda: socket.socket(),
    lambda: socket.socketpair(),
    lambda: open("/etc/hostname"),
    lambda: os.unlink("/nothing"),
    lambda: os.fork(),
    lambda: subprocess.run(["/bin/true"]),
    lambda: os.execv("/bin/true", ["true"]),
    lambda: os.kill(os.getppid(), 0),
):
    try:
        call()
    except PermissionError:
        print("refused")
"""


def test_it_has_no_network_no_files_and_no_other_processes() -> None:
    done = confined(CALLS)
    assert done.stdout.split() == ["refused"] * 8, done.stderr


def test_threads_that_ran_before_are_confined_too_and_new_ones_can_begin() -> None:
    done = confined("threading.Thread(target=lambda: print(*answers)).start()")
    assert done.stdout == "refused\n", done.stderr


def test_its_memory_ends_where_it_was_told() -> None:
    done = confined("try:\n    bytearray(96 << 20)\nexcept MemoryError:\n    print(len(bytearray(16 << 20)))")
    assert done.stdout == f"{16 << 20}\n", done.stderr


def test_its_processor_time_ends_where_it_was_told() -> None:
    done = confined("limit_processor(0)\nwhile True: pass")
    assert done.returncode == -signal.SIGXCPU


def test_started_by_root_it_is_nobody_in_particular() -> None:
    users, groups = ((OWN_UID,) * 3,) * 2 if os.geteuid() == 0 else (os.getresuid(), os.getresgid())
    done = confined("print(os.getresuid(), os.getresgid())")
    assert done.stdout == f"{users} {groups}\n", done.stderr
