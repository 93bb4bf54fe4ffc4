"""Shows amounts of money. All amounts are Decimal: sums of floats would drift."""

from __future__ import annotations

from decimal import ROUND_UP, Decimal

_SHOWN = Decimal("0.000001")


def dollars(amount: Decimal) -> str:
    """Returns an amount as clients see it: US dollars with six decimals, rounded up."""
    return format(amount.quantize(_SHOWN, rounding=ROUND_UP), "f")
