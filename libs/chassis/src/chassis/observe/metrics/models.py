"""Declares the metrics of models: calls, money, safety, spoken conversations."""

from __future__ import annotations

from chassis.observe.metrics.families import counter, gauge, histogram
from chassis.observe.metrics.values import ANSWERS, MODEL_S, MODELS, PROVIDERS, ROLES, RULES, SKIPS, Source

_PAYERS = ("voxbus", "caller", "nobody")
AI_CALLS = counter(
    "voxbus_ai_calls_total",
    "Calls of models by how they came out: answered, cut-by-length, unusable, lost (its process ended twice in the "
    "middle), or the kind of the provider's error. Answers by rules have the provider rules.",
    {"role": ROLES, "provider": PROVIDERS, "model": MODELS, "outcome": ANSWERS, "paid_by": _PAYERS},
    cap=200,
    fold=("role", "provider", "model", "outcome"),
)
AI_TOKENS = counter(
    "voxbus_ai_tokens_total", "Tokens of models that providers have reported.", {"direction": ("input", "output")}
)
AI_FIRST_TOKEN_SECONDS = histogram(
    "voxbus_ai_first_token_seconds",
    "Seconds from the beginning of a call of a model to its first token.",
    MODEL_S,
    {"provider": PROVIDERS},
)
AI_CALL_SECONDS = histogram(
    "voxbus_ai_call_seconds", "Seconds of a call of a model, however it ends.", MODEL_S, {"provider": PROVIDERS}
)
AI_SKIPS = counter(
    "voxbus_ai_skips_total",
    "Models of a role that were not asked: retired, no-role, no-key, key-refused, breaker-open, language, too-long, "
    "no-price, too-dear, no-retention-promise (a child's words), anonymous, no-consent, consent-unknown, no-slot, "
    "budget-spent.",
    {"reason": SKIPS},
)
AI_BREAKER_STATE = gauge(
    "voxbus_ai_breaker_state",
    "Whether a provider of models is asked by this process: 0 yes, 1 no (it fails), 0.5 one call tries.",
    {"provider": PROVIDERS},
)
AI_KEY_REFUSED = gauge(
    "voxbus_ai_key_refused",
    "1 while a provider is not asked because it has refused this installation's key.",
    {"provider": PROVIDERS},
)
AI_REPAIRS = counter(
    "voxbus_ai_repairs_total",
    "Answers of models that were asked for once more, since the first was of no use. Each is paid twice.",
    {"role": ROLES},
)
AI_SAFETY = counter(
    "voxbus_ai_safety_total",
    "Answers of models that were not used, by the rule that they broke; schema: they had another shape.",
    {"role": ROLES, "rule": RULES},
    cap=80,
    fold=("role", "rule"),
)
HINT_LEAKS = counter(
    "voxbus_hint_leaks_total",
    "Texts of hints by whose they were (a model, or authored) and the verdict on them: passed, or the rule by which a "
    "text gave the answer away, so that it was not shown.",
    {"model": MODELS, "verdict": Source("verdicts", 10, "passed, or a rule of the leak check")},
    cap=40,
    fold=("model",),
)
AI_MODEL_DAYS_LEFT = gauge(
    "voxbus_ai_model_days_left",
    "Days until a model that a role uses is gone, where an end is known: that of its row in the registry.",
    {"model": MODELS},
    cap=40,
    fold=("model",),
)
AI_REPLACED = counter(
    "voxbus_ai_model_replaced_total",
    "Requests of a model that retires or has retired, by the model that was used in its place, or none.",
    {"model": MODELS, "used": MODELS},
    cap=40,
    fold=("model", "used"),
)
AI_MODELS_FILE_WRONG = gauge(
    "voxbus_ai_models_file_wrong",
    "1 while the file of VOXBUS_MODELS_FILE cannot be used as it is now, so that the models stay as they were.",
)
AI_COST = counter(
    "voxbus_ai_cost_usd_total",
    "US dollars that calls of models have cost, by who pays: voxbus, or caller (with a key of their own). What nobody "
    "has reported counts as it was estimated.",
    {"paid_by": _PAYERS},
)
AI_BUDGET = gauge(
    "voxbus_ai_budget_usd",
    "US dollars of today's budget of the installation: spent (without what is reserved for open calls) and limit. At "
    "the limit, answers come from rules until midnight UTC.",
    {"scope": ("installation",), "state": ("spent", "limit")},
)
AI_BUDGET_REFUSALS = counter(
    "voxbus_ai_budget_refusals_total",
    "Calls of models that were not made because a budget of the day had no room: installation, person, role.",
    {"scope": ("installation", "person", "role")},
)
AI_PAID_TWICE_POSSIBLE = counter(
    "voxbus_ai_paid_twice_possible_total",
    "Calls of models that were made once more because a process ended before it knew how the first came out.",
)
CONVERSATION_STREAMS = gauge(
    "voxbus_conversation_streams",
    "Turns of written conversations that are being answered: each holds a connection of a client, and of a provider if"
    " a model answers.",
)
REALTIME_SESSIONS = gauge(
    "voxbus_realtime_sessions", "Spoken conversations that are open, also for a client that is lost."
)
REALTIME_SECONDS = counter(
    "voxbus_realtime_seconds_total", "Seconds for which spoken conversations were open: what their provider charges."
)
REALTIME_LIMITS = counter(
    "voxbus_realtime_limits_total",
    "Spoken conversations that were ended because a limit was reached: seconds, tokens, usd.",
    {"limit": ("seconds", "tokens", "usd")},
)
REALTIME_BARGE_INS = counter(
    "voxbus_realtime_barge_ins_total", "Answers that were cut because the person spoke before they had been heard."
)
