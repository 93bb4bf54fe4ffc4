"""Lists all messages on the bus, and every kind of job. Only this module knows all messages."""

from __future__ import annotations

from datetime import timedelta

from contracts import common, feedback, gateway, learning, notify, speech
from contracts.base import JobKind, Message, Step
from contracts.services import SERVICES

#: messages by owning service; the chassis owns those that every service emits
OWNERS: dict[str, tuple[type[Message], ...]] = {
    "chassis": common.CHASSIS_MESSAGES,
    "gateway": (
        gateway.AssessAttempt,
        gateway.MarkNotificationRead,
        gateway.CreateWebhook,
        gateway.DeleteWebhook,
        gateway.MailWanted,
        gateway.PersonChanged,
        gateway.ConsentConfirmationDue,
        gateway.MakeExport,
        gateway.ExportGathered,
        gateway.ExportMade,
        gateway.ComesOfAge,
    ),
    "speech": (speech.AttemptAssessed,),
    "feedback": (
        feedback.FeedbackGiven,
        feedback.ConversationTurn,
        feedback.RunRole,
        feedback.AiAnswered,
        feedback.GiveHint,
        feedback.HintWritten,
        feedback.RolesAnswered,
    ),
    "content": (
        learning.LearnerProgressed,
        learning.LearnerDayEnds,
        learning.StatementsDue,
        learning.LearnerRegraded,
        learning.LearnerAwarded,
        learning.HintGiven,
        learning.LeagueWeekEnds,
        learning.LeaguesDrawn,
        learning.LeagueClosed,
        learning.ReportAnswered,
        learning.ContentAdministered,
    ),
    "notify": (
        notify.NotificationRead,
        notify.WebhookCreated,
        notify.WebhookDeleted,
        notify.WebhookDue,
        notify.NotificationDue,
        notify.DeliverNotification,
        notify.ReminderDue,
    ),
}

MESSAGES: dict[str, type[Message]] = {message.type: message for owned in OWNERS.values() for message in owned}

ATTEMPT = JobKind(
    name="attempt",
    command=gateway.AssessAttempt,
    steps=(
        Step("speech.assess_attempt", speech.AttemptAssessed),
        Step("feedback.give_feedback", feedback.FeedbackGiven),
    ),
    completed_by=feedback.FeedbackGiven,
    deadline=timedelta(hours=1),
    result="attempt_id",
    max_ready=2,
)
#: until then a service that is down may come back; nothing half is handed out
_EXPORT_WITHIN = timedelta(hours=1)
EXPORT = JobKind(
    name="export",
    command=gateway.MakeExport,
    steps=(
        Step("gateway.begin_export", common.ExportBegun),
        *(
            Step(f"{service}.export_{service}", common.ExportPartWritten, max_silence=_EXPORT_WITHIN)
            for service in SERVICES
        ),
        # the parts have one type: when the first is written, the others may still wait for a service that is down
        Step("gateway.collect_export", gateway.ExportGathered, max_silence=_EXPORT_WITHIN),
        Step("gateway.make_export", gateway.ExportMade, max_silence=_EXPORT_WITHIN),
    ),
    completed_by=gateway.ExportMade,
    deadline=_EXPORT_WITHIN,
    result="export_id",
)
AI_RUN = JobKind(
    name="ai_run",
    command=feedback.RunRole,
    steps=(Step("feedback.run_role", feedback.AiAnswered),),
    completed_by=feedback.AiAnswered,
    deadline=timedelta(minutes=15),
    max_ready=4,
    shows=("answer", "source", "prompt", "tries", "repaired", "usage", "cost_usd", "notices"),
)
HINT = JobKind(
    name="hint",
    command=feedback.GiveHint,
    steps=(Step("feedback.give_hint", feedback.HintWritten), Step("content.keep_hint", learning.HintGiven)),
    completed_by=learning.HintGiven,
    deadline=timedelta(minutes=5),
    result="hint_id",
    max_ready=4,
    late=timedelta(seconds=10),
)
NOTIFICATION_READ = JobKind(
    name="notification_read",
    command=gateway.MarkNotificationRead,
    steps=(Step("notify.mark_read", notify.NotificationRead),),
    completed_by=notify.NotificationRead,
    deadline=timedelta(minutes=10),
)
WEBHOOK_CREATE = JobKind(
    name="webhook_create",
    command=gateway.CreateWebhook,
    steps=(Step("notify.create_webhook", notify.WebhookCreated),),
    completed_by=notify.WebhookCreated,
    deadline=timedelta(minutes=10),
)
WEBHOOK_DELETE = JobKind(
    name="webhook_delete",
    command=gateway.DeleteWebhook,
    steps=(Step("notify.delete_webhook", notify.WebhookDeleted),),
    completed_by=notify.WebhookDeleted,
    deadline=timedelta(minutes=10),
)

JOB_KINDS: dict[str, JobKind] = {
    kind.name: kind for kind in (ATTEMPT, EXPORT, AI_RUN, HINT, NOTIFICATION_READ, WEBHOOK_CREATE, WEBHOOK_DELETE)
}

#: kinds that no route proposes any more, because their owner does the work in the request. Kind, commands, handlers
#: (`notify.retired`) and schemas stay for one release: an upgraded database may hold open jobs of these kinds
RETIRED: tuple[JobKind, ...] = (NOTIFICATION_READ, WEBHOOK_CREATE, WEBHOOK_DELETE)
