"""Keeps who decides for a child, what was agreed to, and the texts of the notices. It knows no HTTP and no jobs."""
