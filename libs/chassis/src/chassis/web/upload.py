"""Defines the file in the body of a write: the gateway has stored it, and the owner gets JSON that names it."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, WithJsonSchema

from chassis.web.validation import Input
from contracts.base import Ref

#: the prefix in the media store under which the gateway keeps uploaded files, for an hour
UPLOADS = "uploads"
#: the media type of a file of which only its owner finds out what it is
ANY_FILE = "application/octet-stream"


class StoredFile(Input):
    """Names a file that the gateway has stored. Its key is its content's, so a repeated request is the same request."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: int = Field(strict=True, ge=1)

    @property
    def ref(self) -> Ref:
        """Returns where it is stored."""
        return Ref(key=f"{UPLOADS}/{self.sha256}", media_type=ANY_FILE, size=self.size, sha256=self.sha256)


#: a field of a body: for clients a file, for the owner where it is stored
UploadedFile = Annotated[StoredFile, WithJsonSchema({"type": "string", "contentMediaType": ANY_FILE})]
