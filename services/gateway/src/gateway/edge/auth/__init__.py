"""Authenticates people with an account of Voxbus: passwords, tokens and tickets."""
