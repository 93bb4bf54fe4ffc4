"""The media store on both of its kinds: a local folder, and S3 spoken to a local server (moto, a stand-in for S3)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from chassis.storage.media import Gone, Media, open_media

BUCKET = "voxbus-test"


@pytest.fixture(scope="module")
def s3_endpoint() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(params=["file", "s3"])
def media(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Media:
    if request.param == "file":
        return open_media(f"file://{tmp_path}/media", tmp_path)
    endpoint = request.getfixturevalue("s3_endpoint")
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT": endpoint,
    }.items():
        monkeypatch.setenv(name, value)
    client = boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1")
    client.create_bucket(Bucket=BUCKET)
    return open_media(f"s3://{BUCKET}/voices", tmp_path)


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


async def test_the_local_folder_is_closed_to_others(tmp_path: Path) -> None:
    open_media(None, tmp_path)
    assert (tmp_path / "media").stat().st_mode & 0o077 == 0
