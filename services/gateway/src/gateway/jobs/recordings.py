"""Names recordings in the media store: the key of each, and the job it belongs to."""

from __future__ import annotations

from uuid import UUID

#: the prefix below which every recording lies
RECORDINGS = "recordings"


def recording_key(job_id: UUID) -> str:
    """Returns the key of a job's recording. The recording is written before the job is accepted."""
    return f"{RECORDINGS}/{job_id}"


def job_of_recording(key: str) -> UUID | None:
    """Returns the job that a recording belongs to; None for an object that no job can refer to."""
    try:
        return UUID(key.removeprefix(f"{RECORDINGS}/"))
    except ValueError:
        return None
