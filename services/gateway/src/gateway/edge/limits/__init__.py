"""Limits what one address, one person and one account may do, and how much is done at a time."""
