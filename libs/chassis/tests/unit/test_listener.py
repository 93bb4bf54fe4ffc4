"""Tests the choice of ports."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from chassis import listener

_OTHER = "from chassis import listener; listener._FREE_PORTS = [{}]; listener.free_port()"


def test_a_port_is_chosen_once() -> None:
    chosen = [listener.free_port() for _ in range(50)]
    assert len(set(chosen)) == 50


def test_a_chosen_port_is_no_port_of_an_outgoing_connection() -> None:
    outgoing = Path("/proc/sys/net/ipv4/ip_local_port_range")
    lowest = int(outgoing.read_text().split()[0]) if outgoing.exists() else 49_152
    assert listener.free_port() < lowest


def test_a_port_that_somebody_listens_on_is_not_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setattr(listener, "_FREE_PORTS", [taken.getsockname()[1]])
        with pytest.raises(RuntimeError, match="No port is free"):
            listener.free_port()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has names without a file")
def test_a_chosen_port_is_given_to_no_other_process() -> None:
    program = [sys.executable, "-c", _OTHER.format(listener.free_port())]
    other = subprocess.run(program, capture_output=True, check=False, text=True)
    assert other.returncode != 0
    assert "No port is free" in other.stderr
