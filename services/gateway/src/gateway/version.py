"""Says which version of the product this is: in the public document, and in tapes."""

from __future__ import annotations

VERSION = "0.1.0"
