"""Tests the child that decodes: what a hostile recording may cost, and what the child is given besides it."""

import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from chassis.confinement import OWN_UID
from chassis.errors import Permanent
from chassis.worker_process import WorkerCrashed, WorkerPool, WorkerProcess
from speech.audio import RATE, RecordingTooLong, RecordingUndecodable
from speech.decoder import MEMORY, Decoded, setup
from speech.handlers import decode

from .hostile import FORMATS, compressed_pictures, encoded, made_up_table, mutated, slow_flac, tiny_packets
from .sounds import sample


@pytest.fixture(scope="module")
async def decoder() -> AsyncIterator[WorkerProcess[bytes, Decoded]]:
    child = WorkerProcess[bytes, Decoded](setup, "decoder")
    yield child
    await child.close()


def status(pid: int | None, name: str) -> list[str]:
    [line] = [line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith(f"{name}:")]
    return line.split()[1:]


def environment(pid: int | None) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


async def test_a_decoder_is_alone(decoder: WorkerProcess[bytes, Decoded], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXBUS_SECRET_KEY", "a secret that the child has no use for, so it is not told")
    await decoder.close()
    await decoder.start()
    assert status(decoder.pid, "NoNewPrivs") == ["1"]
    assert status(decoder.pid, "Seccomp") == ["2"]
    if os.geteuid() == 0:
        assert status(decoder.pid, "Uid") == [str(OWN_UID)] * 4
        assert status(decoder.pid, "CapEff") == ["0" * 16]
        assert not environment(decoder.pid)


async def test_a_recording_is_decoded_there(decoder: WorkerProcess[bytes, Decoded]) -> None:
    decoded = await decoder.call(sample("peter-piper.webm"))
    assert len(decoded.samples) / 2 / RATE == pytest.approx(2.93, abs=0.15)
    assert decoded.gaps == ()


async def test_pictures_of_a_tag_are_not_unpacked(decoder: WorkerProcess[bytes, Decoded]) -> None:
    plain = await decoder.call(sample("peter-piper.mp3"))
    [before, _] = status(decoder.pid, "VmHWM")
    assert await decoder.call(compressed_pictures(2, each=60 * 1024 * 1024)) == plain
    [peak, _] = status(decoder.pid, "VmHWM")
    assert int(peak) - int(before) < 20 * 1024


@pytest.mark.parametrize(
    "make",
    [slow_flac, made_up_table, lambda: tiny_packets(1_024_000)],
    ids=["flac at 1 Hz", "made-up table", "tiny packets"],
)
async def test_what_breaks_a_limit_is_undecodable(
    decoder: WorkerProcess[bytes, Decoded], make: Callable[[], bytes]
) -> None:
    with pytest.raises(RecordingUndecodable):
        await decoder.call(make())
    [peak, _] = status(decoder.pid, "VmHWM")
    assert int(peak) * 1024 < MEMORY + 100 * 1024 * 1024


@pytest.mark.parametrize(("form", "codec"), FORMATS)
async def test_a_mutated_recording_is_decoded_or_refused(
    decoder: WorkerProcess[bytes, Decoded], form: str, codec: str
) -> None:
    """Shows a part of what `make faults` does with ten thousand."""
    whole = encoded(form, codec)
    for seed in range(8):
        with suppress(RecordingUndecodable, RecordingTooLong):
            await decoder.call(mutated(whole, seed))


async def test_a_long_recording_is_told_from_an_undecodable_one(decoder: WorkerProcess[bytes, Decoded]) -> None:
    with pytest.raises(RecordingTooLong):
        await decoder.call(slow_flac(16_000, 60))


REFUSING = "lambda data: (_ for _ in ()).throw(__import__('speech.audio').audio.RecordingUndecodable('it is'))"


@pytest.mark.parametrize(("cut", "told"), [(True, "ends before its index"), (False, "in a format we do not know")])
async def test_an_mp4_that_was_cut_before_its_index_is_told_so(cut: bool, told: str) -> None:
    decoders = WorkerPool[bytes, Decoded](partial(eval, REFUSING), "decoder", 1)
    whole = sample("peter-piper.m4a")
    with pytest.raises(Permanent) as refused:
        await decode(whole[: whole.index(b"moov")] if cut else whole, decoders)
    assert told in refused.value.problem.detail
    await decoders.close()


KILLING = "lambda data: __import__('os').kill(__import__('os').getpid(), int(data))"


@pytest.mark.parametrize(
    ("end", "blamed"),
    [(signal.SIGXCPU, True), (signal.SIGSEGV, True), (signal.SIGABRT, True), (signal.SIGKILL, False)],
)
async def test_a_recording_that_ends_its_decoder_is_not_tried_again(end: signal.Signals, blamed: bool) -> None:
    decoders = WorkerPool[bytes, Decoded](partial(eval, KILLING), "decoder", 1)
    with pytest.raises(Permanent if blamed else WorkerCrashed, match="undecodable" if blamed else "SIGKILL"):
        await decode(str(end.value).encode(), decoders)
    await decoders.close()
