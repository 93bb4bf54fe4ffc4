"""Knows the examples of secrets that everyone can read, and refuses them outside development."""

from __future__ import annotations

from pydantic_settings import BaseSettings, SettingsConfigDict

#: secrets and passwords that stand in `.env.example`, in `docker-compose.yml` or in the documents
PUBLISHED = frozenset(
    {
        "this-example-ends-the-start-make-your-own",
        *(f"example-{name}" for name in ("owner", "gateway", "speech", "feedback", "content", "notify", "broker")),
        # derived from the first, for content and for feedback
        "PbYlxhFYF3PP-0BElfaPn7A9Dazp1OCJEkSlUJ21DGs",
        "7aPquNosDQmx_V1YEHymPmNuvxY_mjsNOA0DOplA3ZU",
    }
)


class Development(BaseSettings):
    """Tells whether this installation is for development alone, on one machine, where examples of secrets will do."""

    model_config = SettingsConfigDict(env_prefix="VOXBUS_", env_ignore_empty=True, extra="ignore", frozen=True)

    development: bool = False


def refuse_published(value: str | None) -> None:
    """Raises ValueError for an example of a secret, unless this is development."""
    if value in PUBLISHED and not Development().development:
        raise ValueError("must not be an example from the documents, which everyone can read")
