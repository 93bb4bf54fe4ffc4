"""Hears a recording: decode, quality gate, transcript, word-by-word assessment."""
