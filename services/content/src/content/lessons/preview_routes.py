"""Serves previews: a link to a draft, and the draft behind it, for whoever has the link."""

from __future__ import annotations

import json
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from chassis.handler import Rows
from chassis.web.access import EDITORS
from chassis.web.cache import NO_STORE
from chassis.web.call import Call
from chassis.web.direct import DirectResponse, whole
from chassis.web.problems import not_found
from chassis.web.routes import Routes
from chassis.web.rows import read_row
from content.deps import ContentDeps
from content.lessons import authors, store
from content.lessons.parse import parse_kind
from content.lessons.preview_page import page_of, page_of_article
from content.lessons.shown import lesson_shown
from content.links import PREVIEWS, SPELLING

routes = Routes("content")

HTML = "text/html"


class PreviewLinkOut(BaseModel):
    """Names where a draft can be read without an account, for an hour."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"url": f"{PREVIEWS}/AZ…"}]})

    url: str


async def read_link(id: UUID, call: Call[ContentDeps]) -> PreviewLinkOut:
    """Makes the link anew."""
    return await _link(call.rows, id, call)


@routes.post(
    "/admin/content/{id}/preview",
    access=EDITORS,
    status=200,
    replay=read_link,
    problems=(authors.CONTENT_INVALID,),
)
async def preview_content(id: UUID, call: Call[ContentDeps]) -> PreviewLinkOut:
    """Makes a link to the draft as it is now. Whoever has it may read it for an hour; nothing of that is recorded.

    A file that cannot be read as a lesson has none: 422 with its problems.
    """
    async with call.unit() as unit:
        link = await _link(unit, id, call)
        authors.note(unit, call, "previewed", content_id=id)
        return link


@routes.get(PREVIEWS + "/{token}", access=("public",), media=(HTML,))
async def read_preview(token: Annotated[str, Field(pattern=SPELLING)], call: Call[ContentDeps]) -> DirectResponse:
    """Reads a draft by its link: a page, or JSON like that of a lesson where Accept asks for it."""
    found = call.deps.previews.read(token)
    if found is None:
        raise not_found()
    entry_id, revision = found
    draft = await read_row(call.rows, store.revision_of(entry_id, revision))
    if draft.content is None:
        raise not_found()
    headers = {"Cache-Control": NO_STORE, "X-Robots-Tag": "noindex, nofollow"}
    as_json = "application/json" in call.accept and HTML not in call.accept
    if "exercises" not in draft.content:
        article = {**draft.content, "revision": revision, "content_html": draft.html}
        text = json.dumps(article) if as_json else page_of_article(draft.content, draft.html, revision)
    else:
        lesson = lesson_shown(entry_id, draft, None, revision)
        text = lesson.model_dump_json() if as_json else page_of(lesson)
    return whole(text, "application/json" if as_json else HTML, headers)


async def _link(rows: Rows, id: UUID, call: Call[ContentDeps]) -> PreviewLinkOut:
    entry = await read_row(rows, authors.mine(store.entry(id), call))
    draft = await read_row(rows, store.revision_of(id, entry.revision))
    if draft.content is None:
        raise authors.refused(
            await authors.problems_of(rows, parse_kind(entry.kind, draft.source), entry, draft.pictures)
        )
    return PreviewLinkOut(url=call.deps.previews.link(id, entry.revision))
