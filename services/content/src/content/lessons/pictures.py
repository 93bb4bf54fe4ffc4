"""Judges pictures: what they are by their first bytes, their size, and whether an SVG is nothing but a drawing."""

from __future__ import annotations

import re
from xml.parsers import expat

#: bytes of a picture
MOST_BYTES = 2 * 1024 * 1024
PNG, JPEG, WEBP, SVG = "image/png", "image/jpeg", "image/webp", "image/svg+xml"
#: the ending of a name, by what the bytes are
ENDINGS = {PNG: (".png",), JPEG: (".jpg", ".jpeg"), WEBP: (".webp",), SVG: (".svg",)}

#: elements that run, load or embed something
_ACTIVE = {"script", "foreignobject", "iframe", "object", "embed", "audio", "video", "image", "feimage", "handler"}
_ACTIVE |= {"animate", "set", "animatetransform", "animatemotion", "a", "listener", "discard"}
_SVG_NAMES = "http://www.w3.org/2000/svg"
#: what leads outside in a style sheet, where a backslash may hide it; and in an attribute
_STYLE = re.compile(r"url\(\s*['\"]?\s*(?!#)|(?:image-set|image|src|cross-fade|element)\s*\(|@import|\\", re.IGNORECASE)
_ATTRIBUTE = re.compile(_STYLE.pattern + r"|expression\s*\(|(?:java|vb)script:|data:|https?:", re.IGNORECASE)
_REFERS = "The SVG refers to something outside of itself."


class BadPicture(ValueError):
    """Says in a sentence why a picture is not taken."""


def media_type_of(name: str, data: bytes) -> str:
    """Returns the media type of a picture. Raises `BadPicture`."""
    if len(data) > MOST_BYTES:
        raise BadPicture(f"A picture may have {MOST_BYTES // 1024 // 1024} MB.")
    found = sniffed(data)
    if found is None:
        raise BadPicture("This is no PNG, JPEG, WebP or SVG.")
    if not name.lower().endswith(ENDINGS[found]):
        raise BadPicture(f"The name must end with {ENDINGS[found][0]}, because that is what the file is.")
    if found == SVG:
        _check_svg(data)
    return found


def sniffed(data: bytes) -> str | None:
    """Returns what a picture is by its first bytes; None: none of those that are taken."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return WEBP
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<?xml", b"<svg", b"<!--")):
        return SVG
    return None


def _check_svg(data: bytes) -> None:
    """Raises `BadPicture` for an SVG that is more than a drawing. No entity is ever expanded: any DTD is refused."""
    parser = expat.ParserCreate(namespace_separator=" ")
    text: list[str] = []
    parser.StartDoctypeDeclHandler = _no_doctype
    parser.ProcessingInstructionHandler = _no_instruction
    parser.StartElementHandler = _check_element
    parser.CharacterDataHandler = text.append
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, LookupError, ValueError):  # no XML, or of an encoding that nobody knows
        raise BadPicture("This SVG is no XML.") from None
    if _STYLE.search("".join(text)):
        raise BadPicture(_REFERS)


def _no_doctype(*_: object) -> None:
    raise BadPicture("The SVG has a document type, which is not read.")


def _no_instruction(target: str, _: str) -> None:
    raise BadPicture(f"The SVG has an instruction “{target[:20]}”, which is not read.")


def _check_element(name: str, attributes: dict[str, str]) -> None:
    namespace, _, local = name.rpartition(" ")
    if namespace != _SVG_NAMES or local.lower() in _ACTIVE:
        raise BadPicture(f"The SVG has an element “{local[:20]}”, which is not a drawing; save it as plain SVG.")
    for attribute, value in attributes.items():
        plain = attribute.rpartition(" ")[2].lower()
        if plain.startswith("on"):
            raise BadPicture("The SVG has a script.")
        if _ATTRIBUTE.search(value) or (plain in ("href", "src") and not value.strip().startswith("#")):
            raise BadPicture(_REFERS)
