"""Keeps lessons, which authors write as files: parsing, revisions, publishing, and who is in which revision."""
