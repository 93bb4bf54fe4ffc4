"""Tests which pictures are taken: by their bytes, and an SVG only if it is nothing but a drawing."""

from __future__ import annotations

import pytest

from content.lessons.pictures import MOST_BYTES, BadPicture, media_type_of

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def svg(inner: str = "", attributes: str = "") -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}>{inner}</svg>'.encode()


@pytest.mark.parametrize(
    ("name", "data", "media_type"),
    [
        ("a.png", PNG, "image/png"),
        ("a.jpeg", b"\xff\xd8\xff\xe0" + b"\0" * 20, "image/jpeg"),
        ("a.webp", b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        ("a.svg", svg('<rect width="3" height="4" fill="url(#g)"/><text>1 &lt; 2</text>'), "image/svg+xml"),
        ("a.svg", b'<?xml version="1.0"?>\n' + svg('<use href="#a"/>'), "image/svg+xml"),
    ],
)
def test_a_picture_is_told_by_its_bytes(name: str, data: bytes, media_type: str) -> None:
    assert media_type_of(name, data) == media_type


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.png", svg()),
        ("a.svg", PNG),
        ("a.png", b"GIF89a"),
        ("a.png", b""),
        ("a.png", PNG + b"\0" * MOST_BYTES),
        ("a.svg", svg("<script>alert(1)</script>")),
        ("a.svg", svg('<rect onclick="alert(1)"/>')),
        ("a.svg", svg('<image href="https://example.org/a.png"/>')),
        ("a.svg", svg('<use href="other.svg#a"/>')),
        ("a.svg", svg('<a href="javascript:alert(1)"><text>x</text></a>')),
        ("a.svg", svg("<foreignObject><p xmlns='http://www.w3.org/1999/xhtml'>x</p></foreignObject>")),
        ("a.svg", svg("<style>@import 'https://example.org/a.css';</style>")),
        ("a.svg", svg("<style>rect { fill: url(https://example.org/a) }</style>")),
        ("a.svg", svg("<style>rect { fill: u\\72l(https://example.org/a) }</style>")),
        ("a.svg", svg('<rect style="fill: url(//example.org/a)"/>')),
        ("a.svg", svg('<animate attributeName="href" to="javascript:alert(1)"/>')),
        ("a.svg", b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "b">]>' + svg("&a;")),
        ("a.svg", b'<?xml-stylesheet href="https://example.org/a.css"?>' + svg()),
        ("a.svg", b"<svg"),
        ("a.svg", b"<html xmlns='http://www.w3.org/1999/xhtml'/>"),
    ],
)
def test_what_is_no_plain_picture_is_not_taken(name: str, data: bytes) -> None:
    with pytest.raises(BadPicture):
        media_type_of(name, data)
