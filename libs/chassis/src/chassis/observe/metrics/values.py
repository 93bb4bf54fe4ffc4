"""Says which values labels have: lists of our own, and the places where the others are declared."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Source:
    """Names the table that a label's values come from. `most`: how many of them one process may see.

    The table is elsewhere, since the chassis knows no service; tests look the values up there.
    """

    name: str
    most: int
    says: str


Values = tuple[str, ...] | Source

SERVICES = Source("services", 5, "a service of the product")
HANDLERS = Source("handlers", 26, "a queue of the topology: service.handler")
KINDS = Source("kinds", 12, "a kind of job of the catalogue")
LOOPS = Source("loops", 60, "a loop's pulse: service.loop")
ROUTES = Source("routes", 400, "the template of a route, `unmatched`, or `any`")
OPERATIONS = Source("operations", 200, "an operation of a service's own document, or `any`")
LIMITS = Source("limits", 30, "a limit of the gateway's policies")
ISSUERS = Source("issuers", 5, "an issuer of the settings")
CLASSES = Source("classes", 20, "a class of retention.toml")
PURPOSES = Source("purposes", 7, "a purpose of the consents")
RECIPIENTS = Source("recipients", 20, "who gets something outside")
NOTICES = Source("notices", 30, "a type of notification")
REASONS = Source("reasons", 24, "why a notification is sent, deferred or dropped")
TEMPLATES = Source("templates", 30, "a template of mails")
CHANNELS = Source("channels", 8, "a notification channel")
ROLES = Source("roles", 14, "a role of models")
PROVIDERS = Source("providers", 8, "a provider of models, or `rules`")
MODELS = Source("models", 60, "a model of the registry or of the operator's file, or `none`")
ANSWERS = Source("answers", 20, "how a call of a model came out")
SKIPS = Source("skips", 16, "why a model was not asked")
RULES = Source("rules", 40, "a rule that answers of models keep")
THINGS = Source("things", 60, "a table, view, queue or broker beneath a service")
SCHEMAS = Source("schemas", 12, "a schema of the database")
TABLES = Source("tables", 80, "a table; partitions are summed under their parent")
SLOTS = Source("slots", 10, "a replication slot")
HOSTS = Source("hosts", 4, "the host of the public address")
CHILDREN = Source("child_kinds", 6, "what a child process was for")
FOLDERS = ("data", "database", "media", "temporary")
VERSIONS = Source("versions", 1, "of this process")

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "WS", "other", "any")
#: statuses of a defect, and of what is away or has no room
FAILURES = ("500", "501", "502", "503", "504", "505", "other")
#: every status that the server, the gateway or a service answers, and the classes of those of a route of the API
STATUSES = (
    *("2xx", "5xx"),
    *("101", "200", "201", "202", "204", "206", "301", "302", "303", "304", "307", "308"),
    *(
        "400",
        "401",
        "402",
        "403",
        "404",
        "405",
        "406",
        "408",
        "409",
        "410",
        "411",
        "412",
        "413",
        "414",
        "415",
        "416",
        "417",
    ),
    *("421", "422", "423", "424", "425", "426", "428", "429", "431", "499"),
    *("500", "501", "502", "503", "504", "505"),
)
#: how a request for a job is answered
JOB_ANSWERS = ("accepted", "refused", "unavailable", "failed")
ENDED = ("succeeded", "failed", "cancelled")
OUTCOMES = ("ok", "failed")

#: seconds of a client's request: 250 ms is what accepting may take
REQUEST_S = (0.05, 0.25, 1)
#: seconds between a gateway and a service
HOP_S = (0.0025, 0.01, 0.05, 0.25, 1, 5)
#: how a request to a service ended: the last is what the gateway itself does not name so
FORWARDED = ("answered", "busy", "unavailable", "outcome-unknown", "gone", "other")
FORWARD_S = (0.05, 0.25, 1)
#: seconds of accepting a job: 250 ms is the objective
ACCEPT_S = (0.05, 0.25, 1)
#: seconds of a whole job: an attempt is to be done in some seconds, an export within an hour
JOB_S = (0.5, 2, 5, 10, 30, 300, 900)
#: seconds until a job's first step is claimed
WAIT_S = (0.5, 2, 10, 60)
#: seconds of one message's way, or of work on it
WORK_S = (0.1, 0.5, 2.5, 10, 60)
HANDLING_S = (0.1, 0.5, 2.5, 10)
#: seconds until what has happened is seen
FRESH_S = (0.1, 0.25, 0.5, 1, 2, 5, 10, 60)
#: seconds of a call to a store, and of a wait for a connection
STORE_S = (0.005, 0.1, 1, 5)
#: seconds of a call of a model
MODEL_S = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
