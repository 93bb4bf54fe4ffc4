"""Makes a network for three nodes, each in a namespace with two cables: to the other nodes, and to the clients.

All of it lives in a network and a mount namespace of the calling process (`enter`), so it takes no address and no name
from the machine and is gone with that process. Needs root, iproute2 and util-linux.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

from chassis.errors import SettingsError
from voxbus.local.rabbitmq_programs import find_epmd, find_server

NODES = (1, 2, 3)
#: the networks of the nodes among themselves and of the clients; a node's number is the last part of its address
WIRE, DOOR = "10.77.1", "10.77.2"


def missing() -> str | None:
    """Tells in a sentence why this machine cannot make a cluster; returns None if it can."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "A cluster needs root on Linux: each node gets a network namespace of its own."
    if lacking := [tool for tool in ("ip", "unshare", "mount") if shutil.which(tool) is None]:
        return f"A cluster needs iproute2 and util-linux: {', '.join(lacking)} was not found."
    try:
        find_server(), find_epmd()
    except SettingsError as error:
        return str(error)
    return None


def enter(*command: str) -> None:
    """Becomes `python <command>` in namespaces of its own. Does not return."""
    os.execvp("unshare", ["unshare", "--net", "--mount", "--", sys.executable, *command])


def lay_cables(folder: Path) -> None:
    """Makes bridges, namespaces and names, once, after `enter`."""
    Path("/run/netns").mkdir(exist_ok=True)
    run("mount", "-t", "tmpfs", "tmpfs", "/run/netns")
    hosts = folder / "hosts"
    names = "".join(f"{WIRE}.{number} voxbus{number}\n" for number in NODES)
    hosts.write_text(f"127.0.0.1 localhost {socket.gethostname()}\n{names}")
    run("mount", "--bind", str(hosts), "/etc/hosts")
    run("ip", "link", "set", "lo", "up")
    for bridge in ("wire", "door"):
        run("ip", "link", "add", bridge, "type", "bridge")
        run("ip", "link", "set", bridge, "up")
    run("ip", "address", "add", f"{DOOR}.254/24", "dev", "door")
    for number in NODES:
        run("ip", "netns", "add", f"voxbus{number}")
        run("ip", "-n", f"voxbus{number}", "link", "set", "lo", "up")
        for net, bridge in ((WIRE, "wire"), (DOOR, "door")):
            outer, inside = f"{bridge}{number}", ("ip", "-n", f"voxbus{number}")
            run("ip", "link", "add", outer, "type", "veth", "peer", "name", bridge, "netns", f"voxbus{number}")
            run("ip", "link", "set", outer, "master", bridge, "up")
            run(*inside, "address", "add", f"{net}.{number}/24", "dev", bridge)
            run(*inside, "link", "set", bridge, "up")


def unplug(number: int) -> None:
    """Cuts the cable between this node and the others; the node's own end does not notice."""
    run("ip", "link", "set", f"wire{number}", "nomaster")


def plug(number: int) -> None:
    """Lets everything pass again."""
    run("ip", "link", "set", f"wire{number}", "master", "wire")


def run(*command: str) -> None:
    """Raises CalledProcessError."""
    subprocess.run(command, check=True)
