"""Checks what leaves the installation: each module that speaks to others is known, with what guards it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from configparser import ConfigParser
from pathlib import Path

import pytest

from tests.sources import parsed, statements

ROOT = Path(__file__).parents[2]
#: libraries by which a service could call somebody outside
CLIENTS = frozenset(
    {
        "aiohttp",
        "aiosmtplib",
        "anthropic",
        "apprise",
        "google",
        "httpx",
        "httpx2",
        "openai",
        "requests",
        "smtplib",
        "tweepy",
        "urllib3",
    }
    | {"pywebpush", "websockets", "aiobotocore", "boto3", "botocore"}
)
#: the modules of services that import one, and why nothing of a person goes out there without a consent
GUARDED = {
    "services/content/src/content/progress/record_store.py": "asks `may_begin` before the first byte",
    "services/feedback/src/feedback/conversation/realtime/openai.py": "asks `may_begin` before the first byte",
    "services/feedback/src/feedback/models/providers/client.py": "asks `may_begin` before the first byte",
    "services/feedback/src/feedback/models/providers/compatible.py": "asks `may_begin` before the first byte",
    "services/gateway/src/gateway/analytics/sender.py": "asks `may_begin` before the first byte",
    "services/gateway/src/gateway/edge/auth/issuers/http.py": "asks issuers of the person's own sign-in",
    "services/gateway/src/gateway/edge/forward/port.py": "calls our own services",
    "services/gateway/src/gateway/edge/forward/port_socket.py": "calls our own services",
    "services/notify/src/notify/mail/smtp.py": "sends mails about an account, which its person has asked for",
    "services/notify/src/notify/notifications/channels/apprise_urls.py": "reads URLs; `apprise.py` asks `may_begin`",
    "services/notify/src/notify/notifications/channels/expo.py": "asks `may_begin` for each message of a batch",
    "services/notify/src/notify/webhooks/client.py": "asks `may_begin` before the first byte",
}
#: by the function that calls outside, the only module that may call it, and the words of the gate in that call
CALLS = {
    "store.send": ("services/content/src/content/progress/push.py", "outside.may_begin"),
    "client.send": ("services/notify/src/notify/webhooks/handlers.py", "deps.outside.may_begin"),
    "channel.deliver": ("services/notify/src/notify/notifications/channel_handlers.py", "deps.outside.may_begin"),
    "provider.stream": ("services/feedback/src/feedback/models/upstreams.py", "may_begin"),
    "upstream.stream": ("services/feedback/src/feedback/models/candidates.py", "self._outside.may_begin"),
    "provider.issue": (
        "services/feedback/src/feedback/conversation/realtime/secrets.py",
        "self._deal.may_begin",
    ),
    "provider.give": ("services/feedback/src/feedback/handlers.py", "deps.outside.may_begin"),
}
#: calls of these that have no gate, and how many: the coach that is built in speaks to nobody
SPEAK_TO_NOBODY = {"provider.give": 1}

#: the same by import-linter, which also holds it in `make check`
CONTRACT = "importlinter:contract:who-calls-outside"


def sources() -> tuple[tuple[str, ast.Module], ...]:
    """Returns the modules of all services by path."""
    paths = sorted(ROOT.glob("services/*/src/**/*.py"))
    return tuple((path.relative_to(ROOT).as_posix(), parsed(path)) for path in paths)


def imported(tree: ast.Module) -> Iterator[str]:
    for node in statements(tree):
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None and node.level == 0:
            yield node.module.partition(".")[0]


def test_every_module_that_speaks_to_others_is_known() -> None:
    found = {path for path, tree in sources() if not CLIENTS.isdisjoint(imported(tree))}
    assert found == GUARDED.keys()


def test_keys_of_callers_are_revealed_where_they_are_sent() -> None:
    found = {
        path
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "reveal"
    }
    assert found == {
        "services/feedback/src/feedback/conversation/realtime/openai.py",
        "services/feedback/src/feedback/conversation/realtime/openai_secrets.py",
        "services/feedback/src/feedback/models/providers/compatible.py",
    }


def test_import_linter_holds_the_same() -> None:
    linter = ConfigParser()
    linter.read(ROOT / ".importlinter")
    contract = linter[CONTRACT]
    allowed = {line.partition(" -> ")[0] for line in contract["ignore_imports"].split("\n") if line}
    assert allowed == {path.partition("/src/")[2].removesuffix(".py").replace("/", ".") for path in GUARDED}
    assert set(contract["forbidden_modules"].split()) == CLIENTS
    assert set(contract["source_modules"].split()) == {
        path.name for path in (ROOT / "services").iterdir() if path.is_dir()
    }


def test_calls_that_carry_something_of_a_person_are_made_in_one_place_each() -> None:
    methods = {name.rpartition(".")[2] for name in CALLS}
    said = {  # what is called, with its place
        (path, ast.unparse(node.value), node.attr)
        for path, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in methods
    }
    for name, (place, gate) in CALLS.items():
        receiver, _, method = name.rpartition(".")
        found = {path for path, value, attribute in said if attribute == method and value.endswith(receiver)}
        others = {each for other, (each, _) in CALLS.items() if other != name and other.endswith(f".{name}")}
        assert found - others == {place}, name
        assert len(ungated(ROOT / place, receiver, method, gate)) == SPEAK_TO_NOBODY.get(name, 0), name


def ungated(path: Path, receiver: str, method: str, gate: str) -> list[int]:
    """Returns the lines that name a method without calling it with the gate, or with a name that holds it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    found = []
    for function in functions(tree):
        held = {gate} | {
            target.id
            for node in ast.walk(function)
            if isinstance(node, ast.Assign) and gate in said_in(node.value)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        guarded = {
            node.func
            for node in ast.walk(function)
            if isinstance(node, ast.Call)
            for value in (*node.args, *(each.value for each in node.keywords))
            if not held.isdisjoint(said_in(value))
        }
        for node in ast.walk(function):
            if isinstance(node, ast.Attribute) and node.attr == method and ast.unparse(node.value).endswith(receiver):
                found += [] if node in guarded else [node.lineno]
    return found


def functions(tree: ast.AST) -> Iterator[ast.AST]:
    """Yields functions that are in no other one."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node
        else:
            yield from functions(node)


def said_in(value: ast.AST) -> set[str]:
    """Returns the names that a value is made of, in full."""
    return {ast.unparse(node) for node in ast.walk(value) if isinstance(node, (ast.Name, ast.Attribute))}


@pytest.mark.parametrize(
    ("lines", "ungated_lines"),
    [
        ("await client.send(1, may_begin=deps.gate())", []),
        ("gate = deps.gate(person)\n    await client.send(1, gate)\n    await client.send(2)", [4]),
        ("# deps.gate\n    await client.send(1)", [3]),
        ("deps.gate()\n    await client.send(1)", [3]),
        ("return partial(client.send, deps.gate)", [2]),
        ("return lambda: self.client.send(deps.gate)", []),
    ],
)
def test_a_call_without_its_gate_is_found(lines: str, ungated_lines: list[int], tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(f"async def call(deps):\n    {lines}\n")
    assert ungated(tmp_path / "module.py", "client", "send", "deps.gate") == ungated_lines
