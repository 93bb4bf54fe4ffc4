"""Prints the Secrets of the overlay dev with new random values, for `kubectl apply -f -`. Only Python is needed.

Run once: the database keeps the passwords of its first start. With `--principal-keys` it reads a secret key from its
input, and prints the keys that services are given in place of it.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import sys
from typing import Any

_SERVICES = ("gateway", "speech", "feedback", "content", "notify")
#: services that serve routes and need not know the secret key
_OWNERS = ("content", "feedback")
_POSTGRES, _RABBITMQ = "voxbus-postgres:5432", "voxbus-rabbitmq"


def principal_key(secret_key: str, service: str) -> str:
    """Derives what a service knows in place of the secret key: HKDF-SHA256 (RFC 5869), in base64url."""
    extracted = hmac.digest(bytes(32), secret_key.encode(), hashlib.sha256)
    derived = hmac.digest(extracted, f"principal {service}".encode() + b"\x01", hashlib.sha256)
    return base64.urlsafe_b64encode(derived).rstrip(b"=").decode()


def values() -> dict[str, dict[str, str]]:
    """Makes the values of each Secret, by its name."""
    owner, broker, secret_key = secrets.token_hex(24), secrets.token_hex(24), secrets.token_urlsafe(48)
    made: dict[str, dict[str, str]] = {}
    for name in _SERVICES:
        login = f"voxbus_{name}", secrets.token_hex(24)
        made[f"voxbus-{name}"] = {"database_url": _database(*login), "keys_url": _database(*login, "voxbus_keys")}
    for name in ("gateway", "notify"):
        made[f"voxbus-{name}"]["secret_key"] = secret_key
    for name in _OWNERS:
        made[f"voxbus-{name}"]["principal_key"] = principal_key(secret_key, name)
    return made | {
        "voxbus-owner": {"database_url": _database("voxbus", owner)},
        "voxbus-keys": {"url": _database("voxbus", owner, "voxbus_keys")},
        "voxbus-broker": {"url": f"amqp://voxbus:{broker}@{_RABBITMQ}:5672/"},
        "voxbus-postgres": {"password": owner},
        "voxbus-rabbitmq": {"password": broker},
    }


def _database(user: str, password: str, name: str = "voxbus") -> str:
    return f"postgresql://{user}:{password}@{_POSTGRES}/{name}"


def documents() -> dict[str, Any]:
    """Returns the Secrets as one list, as Kubernetes takes them."""
    return {
        "apiVersion": "v1",
        "kind": "List",
        "items": [
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": name, "namespace": "voxbus"},
                "type": "Opaque",
                "stringData": data,
            }
            for name, data in values().items()
        ],
    }


def main() -> None:
    """Prints the Secrets, or the keys derived from a secret key."""
    if "--principal-keys" in sys.argv:
        secret_key = sys.stdin.read().strip()
        made: Any = {f"principal_{name}": principal_key(secret_key, name) for name in _OWNERS}
    else:
        made = documents()
    json.dump(made, sys.stdout, indent=2)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
