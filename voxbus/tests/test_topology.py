"""Tests the committed queues of the product: the gateway knows all of them without another service."""

from __future__ import annotations

import json
from pathlib import Path

from gateway.jobs.topology import TOPOLOGY_FILE, product_topology
from voxbus.checks import check_topology
from voxbus.services import topology


def test_the_committed_topology_is_that_of_all_handlers() -> None:
    assert check_topology() == []
    assert product_topology() == topology()


def test_a_queue_that_is_missing_or_changed_is_drift(tmp_path: Path) -> None:
    assert check_topology(tmp_path) == ["topology.json"]
    queues = json.loads(TOPOLOGY_FILE.read_text(encoding="utf-8"))
    (tmp_path / "topology.json").write_text(json.dumps(queues[1:]), encoding="utf-8")
    assert check_topology(tmp_path) == ["topology.json"]
    assert check_topology(tmp_path, write=True) == check_topology(tmp_path) == []
