"""The ledger holds what calls of models have cost, and budgets limit it by the day."""

from __future__ import annotations

from alembic import op

revision = "0004_money"
down_revision = "0003_public_api"


def upgrade() -> None:
    """Expands the schema only: the way back is to restore a backup."""
    op.execute(
        """
        CREATE TABLE ai_ledger (
          id uuid PRIMARY KEY, opened_at timestamptz NOT NULL DEFAULT now(), day date NOT NULL, person_id uuid,
          role text NOT NULL, provider text NOT NULL, model text NOT NULL, call text, prices jsonb NOT NULL,
          estimate numeric NOT NULL, state text NOT NULL, cost numeric, input_tokens integer, output_tokens integer,
          settled_at timestamptz
        )
        """
    )
    op.execute("CREATE INDEX ai_ledger_person ON ai_ledger (person_id, day)")
    op.execute("CREATE INDEX ai_ledger_day ON ai_ledger (day)")
    op.execute("CREATE INDEX ai_ledger_open ON ai_ledger (opened_at) WHERE state = 'open'")
    op.execute("CREATE INDEX ai_ledger_call ON ai_ledger (call) WHERE call IS NOT NULL")
    op.execute(
        """
        CREATE TABLE budgets (
          day date, scope text, name text, person_id uuid, cap numeric, reserved numeric NOT NULL DEFAULT 0,
          spent numeric NOT NULL DEFAULT 0, began_at timestamptz NOT NULL DEFAULT now(),
          PRIMARY KEY (day, scope, name)
        )
        """
    )
    op.execute("CREATE INDEX budgets_person ON budgets (person_id)")
