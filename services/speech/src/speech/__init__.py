"""Assesses recordings: decode, quality gate, transcript, word-by-word result."""
