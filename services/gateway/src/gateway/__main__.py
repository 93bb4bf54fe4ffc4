"""Runs the gateway alone, as one process of several: `python -m gateway`."""

from __future__ import annotations

import sys

from chassis.main import main
from gateway.jobs.topology import product_topology
from gateway.service import SERVICE

if __name__ == "__main__":
    sys.exit(main(SERVICE, product_topology()))
