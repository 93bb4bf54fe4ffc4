"""The web layer: plain functions on FastAPI by which a service serves its own resources."""
