"""Importing any module has no side effect: no file, no socket, no process, no thread, no signal."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

PROBE = """
import os, signal, sys, threading
from importlib import import_module
from pathlib import Path

here = ""
found = []

def watch(event, arguments):
    wrote = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
    if wrote or event in ("socket.connect", "socket.bind", "subprocess.Popen", "os.fork", "os.mkdir", "os.putenv"):
        found.append(f"{here}: {event} {arguments[:1]}")

signals = [signal.getsignal(number) for number in signal.valid_signals()]
vendors, modules = sys.argv[1].split(), sys.argv[2].split()
for here in vendors:
    import_module(here)
threads = threading.active_count()
sys.addaudithook(watch)
for here in modules:
    import_module(here)
if threading.active_count() != threads:
    found.append("a thread")
if [signal.getsignal(number) for number in signal.valid_signals()] != signals:
    found.append("a signal handler")
sys.exit("\\n".join(found) or 0)
"""

#: vendors do as they like: they are imported before the watch begins
VENDORS = "av fastapi fastapi.openapi.utils moonshine_voice numpy obstore pocketsphinx speech_recognition uvicorn"


def modules() -> list[str]:
    """Returns every module of every package, but for those that are run."""
    found = []
    for source in sorted([*ROOT.glob("libs/*/src"), *ROOT.glob("services/*/src"), *ROOT.glob("voxbus/src")]):
        for path in sorted(source.rglob("*.py")):
            name = ".".join(path.relative_to(source).with_suffix("").parts).removesuffix(".__init__")
            found.append(name)
    return found


def test_importing_does_nothing(tmp_path: Path) -> None:
    names = modules()
    assert {"chassis.run", "gateway.edge.app", "speech.service", "voxbus.__main__"} <= set(names)
    command = [sys.executable, "-B", "-W", "ignore", "-c", PROBE, VENDORS, " ".join(names)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=150)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
