"""The dashboard of models of language: whether they answer, and what they cost."""

from deploy.observability.grafana import headings
from deploy.observability.grafana.page import Page
from deploy.observability.grafana.panel import HALF, QUARTER, Panel
from deploy.observability.grafana.promql import greatest, grown, of, quantile, rate, share, top

_MONEY = [
    Panel(
        "Spent of today's budget",
        "Share of the installation's budget of today that is spent. At 1 rules answer in place of models.",
        "percentunit",
        [
            (
                share(
                    greatest("voxbus_ai_budget_usd", "scope", 'state="spent"'),
                    greatest("voxbus_ai_budget_usd", "scope", 'state="limit"'),
                ),
                "{{scope}}",
            )
        ],
        headings.MODEL_BUDGET_NEARLY_SPENT,
        warn=0.8,
        bad=1,
        kind="stat",
        width=QUARTER,
    ),
    Panel(
        "Today's budget",
        "US dollars spent today, and the limit of the day (VOXBUS_AI_DAY_USD).",
        "currencyUSD",
        [(greatest("voxbus_ai_budget_usd", "scope, state"), "{{scope}} {{state}}")],
        headings.MODEL_BUDGET_NEARLY_SPENT,
        width=QUARTER,
    ),
    Panel(
        "Cost",
        "US dollars an hour that models cost, by who pays: this installation, or the caller's own key.",
        "currencyUSD",
        [(f"3600 * {rate('voxbus_ai_cost_usd_total', 'paid_by')}", "{{paid_by}}")],
        headings.MODEL_BUDGET_NEARLY_SPENT,
        width=QUARTER,
        decimals=2,
    ),
    Panel(
        "Possibly paid twice",
        "Calls in the time shown that were made once more because a process ended before it knew how the first came "
        "out.",
        "short",
        [(grown("voxbus_ai_paid_twice_possible_total"), "calls")],
        headings.WHAT_TO_DO,
        leads="voxbus-failures",
        warn=1,
        kind="stat",
        width=QUARTER,
        decimals=0,
    ),
]

_ANSWERS = [
    Panel(
        "Calls by outcome",
        "Calls of models a second by how they came out. Other than answered: the next model of the role, or rules.",
        "ops",
        [(rate("voxbus_ai_calls_total", "outcome"), "{{outcome}}")],
        headings.MODEL_PROVIDER_DOWN,
        leads="voxbus-failures",
        kind="stacked",
    ),
    Panel(
        "Calls by role and model",
        "Calls a second by role, provider and model; the provider rules is none of them.",
        "ops",
        [(top(rate("voxbus_ai_calls_total", "role, provider, model")), "{{role}}: {{provider}} {{model}}")],
        headings.SETTINGS,
    ),
    Panel(
        "Until the first token",
        "Seconds to the first token, for the slowest twentieth, by provider. People see nothing before it.",
        "s",
        [(quantile(0.95, "voxbus_ai_first_token_seconds", "provider"), "{{provider}}")],
        headings.WHAT_TO_DO,
        warn=2.5,
        bad=10,
    ),
    Panel(
        "Whole calls",
        "Seconds of a call, for the slowest twentieth, by provider.",
        "s",
        [(quantile(0.95, "voxbus_ai_call_seconds", "provider"), "{{provider}}")],
        headings.WHAT_TO_DO,
        warn=30,
        bad=60,
    ),
    Panel(
        "Tokens",
        "Tokens a second that providers have reported, by direction.",
        "short",
        [(rate("voxbus_ai_tokens_total", "direction"), "{{direction}}")],
        headings.SETTINGS,
    ),
    Panel(
        "Providers that are not asked",
        "1: it fails, and rests; 0.5: one call tries. And whether it refuses this installation's key.",
        "short",
        [
            (greatest("voxbus_ai_breaker_state", "provider"), "{{provider}} rests"),
            (greatest("voxbus_ai_key_refused", "provider"), "{{provider}} refuses the key"),
        ],
        headings.MODEL_PROVIDER_DOWN,
        bad=1,
        most=1,
    ),
]

_NOT_ASKED = [
    Panel(
        "Models that were not asked",
        "Models of a role a second that were passed over, by reason. no-slot: more replicas of feedback; budget-spent: "
        "the budget.",
        "ops",
        [(rate("voxbus_ai_skips_total", "reason"), "{{reason}}")],
        headings.SETTINGS,
        kind="stacked",
    ),
    Panel(
        "No room in a budget",
        "Calls a second that were not made because a budget of the day had no room, by whose budget it is.",
        "ops",
        [(rate("voxbus_ai_budget_refusals_total", "scope"), "{{scope}}")],
        headings.MODEL_BUDGET_NEARLY_SPENT,
        warn=0.1,
    ),
    Panel(
        "Models that end",
        "Days until a model that a role uses is gone. Give its role another before.",
        "d",
        [(f"min by (model) ({of('voxbus_ai_model_days_left')})", "{{model}}")],
        headings.MODEL_RETIRING,
        warn=90,
        bad=30,
        low=True,
        kind="bars",
        decimals=0,
    ),
    Panel(
        "Used in place of one that retires",
        "Requests in the time shown of a model that retires or has retired, by the one used in its place.",
        "short",
        [(grown("voxbus_ai_model_replaced_total", "model, used"), "{{model}}: {{used}}")],
        headings.MODEL_RETIRING,
        kind="bars",
        decimals=0,
    ),
    Panel(
        "The file of models",
        "1 while the file of VOXBUS_MODELS_FILE cannot be used as it is: the models stay as they were.",
        "short",
        [(greatest("voxbus_ai_models_file_wrong"), "wrong")],
        headings.MODELS_FILE_WRONG,
        bad=1,
        kind="stat",
    ),
]

_GOOD = [
    Panel(
        "Answers asked for once more",
        "Answers a second that broke a rule or had another shape, and were asked for again, by role.",
        "ops",
        [(rate("voxbus_ai_repairs_total", "role"), "{{role}}")],
        headings.WHAT_TO_DO,
    ),
    Panel(
        "Answers that were not used",
        "Answers in the time shown that were not used, by role and the rule that they broke.",
        "short",
        [(grown("voxbus_ai_safety_total", "role, rule"), "{{role}} {{rule}}")],
        headings.WHAT_TO_DO,
        leads="voxbus-privacy",
        kind="bars",
        decimals=0,
    ),
    Panel(
        "Hints",
        "Texts of hints in the time shown by verdict: other than passed, the text gave the answer away and was not "
        "shown.",
        "short",
        [(grown("voxbus_hint_leaks_total", "verdict"), "{{verdict}}")],
        headings.WHAT_TO_DO,
        kind="bars",
        decimals=0,
    ),
]

_SPOKEN = [
    Panel(
        "Conversations",
        "Spoken conversations that are open now, and turns of written ones that are being answered, by replica.",
        "short",
        [
            (greatest("voxbus_realtime_sessions", "instance"), "spoken {{instance}}"),
            (greatest("voxbus_conversation_streams", "instance"), "written {{instance}}"),
        ],
        headings.SETTINGS,
        width=HALF,
    ),
    Panel(
        "Ended by a limit",
        "Conversations in the time shown that a limit ended: seconds, tokens, usd.",
        "short",
        [(grown("voxbus_realtime_limits_total", "limit"), "{{limit}}")],
        headings.SETTINGS,
        kind="bars",
        width=HALF,
        decimals=0,
    ),
]

PAGE = Page(
    "voxbus-models",
    "Voxbus 6: Models and money",
    "Money first, then whether models answer, why some are not asked, and how good their answers are.",
    {
        "Money": _MONEY,
        "Do they answer": _ANSWERS,
        "Why some are not asked": _NOT_ASKED,
        "Are answers good": _GOOD,
        "Spoken conversations": _SPOKEN,
    },
)
