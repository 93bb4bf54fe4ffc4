"""Holds the voice conversation (S4): what a client says, who answers it, and for whose money."""
