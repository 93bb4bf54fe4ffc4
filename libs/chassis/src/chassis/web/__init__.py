"""Lets a service serve its own resources with plain functions, on FastAPI."""
