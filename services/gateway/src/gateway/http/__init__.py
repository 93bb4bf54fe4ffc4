"""What clients call: one file per resource, beside what they all share (problems, documents, middleware)."""
