"""Tests the media store on both of its kinds: a local folder, and S3 spoken to a local server (moto)."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from chassis.errors import DependencyDown, SettingsError
from chassis.privacy.retention import retention
from chassis.storage.media import Gone, Media, open_media, open_s3

BUCKET = "voxbus-test"


@pytest.fixture(scope="module")
def s3_endpoint() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Sets the variables of an S3 client, but for its endpoint."""
    for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    return monkeypatch


@pytest.fixture(params=["file", "s3"])
def media(request: pytest.FixtureRequest, tmp_path: Path) -> Media:
    if request.param == "file":
        return open_media(f"file://{tmp_path}/media", tmp_path)
    endpoint = request.getfixturevalue("s3_endpoint")
    request.getfixturevalue("aws").setenv("AWS_ENDPOINT", endpoint)
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
    client.create_bucket(Bucket=BUCKET)
    return open_media(f"s3+http://{BUCKET}/voices", tmp_path)


async def test_an_object_is_written_read_and_deleted(media: Media) -> None:
    ref = await media.write("recordings/a", b"sound", "audio/webm")
    assert (ref.size, ref.media_type) == (5, "audio/webm")
    assert await media.read(ref) == b"sound"
    await media.delete([ref.key])
    with pytest.raises(Gone):
        await media.read(ref)


async def test_what_is_not_there_counts_as_deleted(media: Media) -> None:
    await media.delete(["recordings/never-was"])


async def test_old_objects_are_found_by_prefix_and_age(media: Media) -> None:
    await media.write("recordings/a", b"sound", "audio/webm")
    await media.write("other/b", b"sound", "audio/webm")
    later = datetime.now(UTC) + timedelta(minutes=1)
    assert [key async for key in media.older_than("recordings", later)] == ["recordings/a"]
    assert [key async for key in media.older_than("recordings", later - timedelta(hours=1))] == []


async def test_nothing_is_stored_of_which_nobody_has_said_how_long_it_is_kept(tmp_path: Path) -> None:
    media = open_media(None, tmp_path, retention().prefixes())
    await media.write("recordings/a", b"sound", "audio/webm")
    with pytest.raises(ValueError, match="holds media under 'diaries'"):
        await media.write("diaries/a", b"sound", "audio/webm")


async def test_the_local_folder_is_closed_to_others(tmp_path: Path) -> None:
    open_media(None, tmp_path)
    assert (tmp_path / "media").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"])
def test_recordings_go_over_plain_http_only_where_the_url_says_so(
    variable: str, aws: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    aws.setenv(variable, "HTTP://minio.example:9000")
    with pytest.raises(SettingsError, match=f"^{variable} is plain http"):
        open_media("s3://voxbus", tmp_path)
    open_media("s3+http://voxbus", tmp_path)
    aws.setenv(variable, "https://minio.example:9000")
    open_media("s3://voxbus", tmp_path)


async def test_a_store_that_never_answers_is_given_up(aws: pytest.MonkeyPatch) -> None:
    asked = 0

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        await reader.read()  # until the client hangs up
        writer.close()

    async with await asyncio.start_server(listen, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        aws.setenv("AWS_ENDPOINT", f"http://127.0.0.1:{port}")
        media = Media(open_s3(f"s3+http://{BUCKET}", answer_within=timedelta(seconds=0.2)))
        with pytest.raises(DependencyDown):
            await media.write("recordings/a", b"sound", "audio/webm")
    assert asked
