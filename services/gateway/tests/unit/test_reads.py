"""HEAD works wherever GET does, who has a version is told so, and a slash too many leads on."""

from __future__ import annotations

import pytest
from httpx2 import AsyncClient

from gateway.edge.openapi import read_document
from services.gateway.tests.unit.test_http import JOB


@pytest.mark.parametrize(
    "path", ["/try", "/openapi.json", "/api/health", "/problems/invalid", "/nothing", "/livez", "/"]
)
async def test_head_is_get_without_the_body(client: AsyncClient, path: str) -> None:
    got, asked = await client.get(path), await client.head(path)
    assert (asked.status_code, asked.content) == (got.status_code, b"")
    other = {"x-request-id", "traceparent"}
    assert {n: v for n, v in asked.headers.items() if n not in other} == {
        name: value for name, value in got.headers.items() if name not in other
    }


async def test_each_get_of_the_document_is_answered_to_head(client: AsyncClient) -> None:
    reads = [path for path, methods in read_document().document["paths"].items() if "get" in methods]
    assert len(reads) > 10
    for path in reads:
        path = path.replace("{id}", JOB)
        got, asked = await client.get(path), await client.head(path)
        assert (asked.status_code, asked.content) == (got.status_code, b""), path
        assert asked.headers.get("content-type") == got.headers.get("content-type"), path


async def test_head_is_checked_and_counted_under_no_route(client: AsyncClient) -> None:
    refused = await client.head("/jobs")
    assert (refused.status_code, refused.content, refused.headers["www-authenticate"]) == (401, b"", "Bearer")
    assert (await client.head("/auth/login")).status_code == 405
    exposition = (await client.get("/metrics")).text
    assert 'voxbus_http_requests_total{method="any",route="any",status="401"}' in exposition
    assert 'method="HEAD"' not in exposition


@pytest.mark.parametrize("path", ["/try", "/openapi.json", "/api/health", "/problems/invalid"])
async def test_who_has_it_is_told_so(client: AsyncClient, path: str) -> None:
    got = await client.get(path)
    tag = got.headers["etag"]
    assert tag.startswith('W/"')
    for method in ("GET", "HEAD"):
        same = await client.request(method, path, headers={"If-None-Match": f'"other", {tag}'})
        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
        assert same.headers.get("cache-control") == got.headers.get("cache-control")
        assert same.headers["content-security-policy"] == got.headers["content-security-policy"]
        assert not {"content-length", "content-type"} & set(same.headers)
    assert (await client.get(path, headers={"If-None-Match": '"other"'})).content == got.content
    assert "etag" not in (await client.get("/nothing")).headers


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("/try/", "/try"),
        ("/docs/?a=b", "/docs?a=b"),
        ("/twisters/?limit=3", "/twisters?limit=3"),
        (f"/jobs/{JOB}/", f"/jobs/{JOB}"),
        ("/problems/invalid/", "/problems/invalid"),
    ],
)
async def test_a_slash_too_many_leads_to_the_path_without_it(client: AsyncClient, path: str, meant: str) -> None:
    for method in ("GET", "HEAD", "POST"):
        answer = await client.request(method, path, headers={"Host": "evil.example"})
        assert (answer.status_code, answer.headers["location"]) == (308, meant)


@pytest.mark.parametrize("path", ["/nothing/", "/try//", "//evil.example/", "//try/", "/jobs/%2E%2E/", "/%2F/try/"])
async def test_no_other_slash_leads_anywhere(client: AsyncClient, path: str) -> None:
    answer = await client.get(f"http://gateway{path}")
    assert answer.status_code == 404 and "location" not in answer.headers
