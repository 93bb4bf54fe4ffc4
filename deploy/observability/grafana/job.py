"""The dashboard that follows a job: accept, wait, each step, the end, the push."""

from deploy.observability.grafana import headings
from deploy.observability.grafana.page import Page
from deploy.observability.grafana.panel import QUARTER, Panel
from deploy.observability.grafana.promql import greatest, of, quantile, rate, top, total

_ACCEPT = [
    Panel(
        "Accept",
        "Seconds from taking a request for a job until it was accepted, for the slowest twentieth, by kind; the waits "
        "for what its client sends apart.",
        "s",
        [(quantile(0.95, "voxbus_job_accept_seconds", "kind"), "{{kind}}")],
        headings.ACCEPT_BUDGET_BURNS,
        leads="voxbus-stores",
        warn=0.5,
        bad=2.5,
    ),
    Panel(
        "Uploads",
        "Seconds that an upload takes until it lies in the media store, by outcome: half of them, and the slowest "
        "twentieth.",
        "s",
        [
            (quantile(0.5, "voxbus_upload_seconds", "outcome"), "half, {{outcome}}"),
            (quantile(0.95, "voxbus_upload_seconds", "outcome"), "slowest twentieth, {{outcome}}"),
        ],
        headings.WHAT_TO_DO,
        leads="voxbus-services",
        warn=5,
    ),
    Panel(
        "Size of uploads",
        "Bytes of uploads: half of them, and the greatest twentieth.",
        "bytes",
        [
            (quantile(0.5, "voxbus_upload_bytes"), "half of them"),
            (quantile(0.95, "voxbus_upload_bytes"), "greatest twentieth"),
        ],
        headings.SETTINGS,
    ),
]

_STEPS = [
    Panel(
        "Wait for the first step",
        "Seconds from accept to the first claim, by kind: half of the jobs, and the slowest twentieth.",
        "s",
        [
            (quantile(0.5, "voxbus_job_wait_seconds", "kind"), "half, {{kind}}"),
            (quantile(0.95, "voxbus_job_wait_seconds", "kind"), "slowest twentieth, {{kind}}"),
        ],
        headings.QUEUE_GROWING,
        leads="voxbus-bus",
        warn=2.5,
        bad=10,
    ),
    Panel(
        "Critical time by handler",
        "Seconds from the publication of a message to its handling being done, for the slowest twentieth: its wait in "
        "queue and inbox, and its work. The handler with the greatest is where a job's time goes.",
        "s",
        [(top(quantile(0.95, "voxbus_critical_seconds", "handler")), "{{handler}}")],
        headings.QUEUE_GROWING,
        leads="voxbus-bus",
        warn=10,
        bad=60,
    ),
    Panel(
        "Work by handler",
        "Seconds from claim to settlement, for the slowest twentieth. Where critical time is greater than this, "
        "messages wait for slots, not for work.",
        "s",
        [(top(quantile(0.95, "voxbus_handling_seconds", "handler")), "{{handler}}")],
        headings.LEASE_EXPIRY_HIGH,
        leads="voxbus-services",
    ),
    Panel(
        "Messages handled",
        "Tries a second by outcome. retry, dead and fenced are explained on the failures' dashboard.",
        "ops",
        [(rate("voxbus_handled_total", "outcome"), "{{outcome}}")],
        headings.COMPLAINT,
        leads="voxbus-failures",
        kind="stacked",
    ),
    Panel(
        "Slots taken",
        "Slots of slow handlers that are taken, by handler.",
        "short",
        [(total("voxbus_busy_slots", "handler"), "{{handler}}")],
        headings.QUEUE_GROWING,
        leads="voxbus-services",
    ),
    Panel(
        "Messages in one transaction",
        "Messages that a fast handler takes at once: half of its transactions. It grows with the load, which is meant.",
        "short",
        [(top(quantile(0.5, "voxbus_batch_size", "handler")), "{{handler}}")],
        headings.WHAT_TO_DO,
    ),
]

_SPEECH = [
    Panel(
        "Speech by step",
        "Seconds of the speech engine by step of its work, for the slowest twentieth.",
        "s",
        [(quantile(0.95, "voxbus_speech_seconds", "step"), "{{step}}")],
        headings.WHAT_TO_DO,
        leads="voxbus-services",
        warn=5,
        bad=10,
    ),
    Panel(
        "Speech heard",
        "Seconds of recordings that are heard in a second, and the same of the work: above the number of cores of all "
        "replicas of speech, recordings wait.",
        "short",
        [
            (rate("voxbus_speech_audio_seconds_total"), "seconds of speech a second"),
            (rate("voxbus_speech_seconds_sum"), "seconds of work a second"),
        ],
        headings.WHAT_TO_DO,
    ),
    Panel(
        "What speech made of it",
        "Recordings a second by outcome: heard, without speech, or broken.",
        "ops",
        [(rate("voxbus_speech_outcomes_total", "outcome"), "{{outcome}}")],
        headings.COMPLAINT,
        leads="voxbus-failures",
        kind="stacked",
    ),
]

_END = [
    Panel(
        "Whole jobs",
        "Seconds from accept to the end by kind and status, for the slowest twentieth.",
        "s",
        [(quantile(0.95, "voxbus_job_seconds", "kind, status"), "{{kind}} {{status}}")],
        headings.RESULT_BUDGET_BURNS,
        warn=10,
        bad=30,
    ),
    Panel(
        "Jobs that ended",
        "Jobs a second by kind and how they ended.",
        "ops",
        [(rate("voxbus_jobs_finished_total", "kind, status"), "{{kind}} {{status}}")],
        headings.COMPLAINT,
        leads="voxbus-failures",
        kind="stacked",
    ),
    Panel(
        "Push",
        "Seconds from the recorded event to its push, half of them and the slowest hundredth.",
        "s",
        [
            (quantile(0.5, "voxbus_push_lag_seconds"), "half of them"),
            (quantile(0.99, "voxbus_push_lag_seconds"), "slowest hundredth"),
        ],
        headings.PUSH_BUDGET_BURNS,
        leads="voxbus-services",
        warn=1,
        bad=2.5,
    ),
]

_LEDGER = [
    Panel(
        "Jobs that are lost",
        "Open jobs that are in no inbox, outbox or queue: they will not go on by themselves. Any is one too many.",
        "short",
        [(greatest("voxbus_job_orphans"), "lost")],
        headings.JOBS_ORPHANED,
        leads="voxbus-bus",
        bad=1,
        kind="stat",
        width=QUARTER,
    ),
    Panel(
        "Ledger",
        "Jobs accepted, less those ended and those in flight. Other than 0: some are lost, or log and jobs disagree.",
        "short",
        [(f"max (abs({of('voxbus_job_ledger')}))", "jobs")],
        headings.LEDGER_IMBALANCE,
        bad=1,
        kind="stat",
        width=QUARTER,
    ),
    Panel(
        "Jobs in flight",
        "Open jobs that go on. It follows the load; while it grows without end, look at critical time by handler.",
        "short",
        [(greatest("voxbus_jobs_in_flight"), "in flight")],
        headings.LOST,
        leads="voxbus-bus",
        width=QUARTER,
    ),
    Panel(
        "Since the last audit",
        "Seconds since some gateway last counted all jobs. Above ten minutes the two figures beside are old.",
        "s",
        [(f"time() - {greatest('voxbus_jobs_audited_timestamp_seconds')}", "since")],
        headings.JOB_AUDIT_STALE,
        leads="voxbus-stores",
        warn=180,
        bad=600,
        kind="stat",
        width=QUARTER,
    ),
]

PAGE = Page(
    "voxbus-job",
    "Voxbus 2: One job's way",
    "From accept over wait and each step to the end and its push: the row in which seconds appear is where they go.",
    {
        "Accept": _ACCEPT,
        "Wait and steps": _STEPS,
        "Speech": _SPEECH,
        "The end and its push": _END,
        "Is any job missing": _LEDGER,
    },
)
