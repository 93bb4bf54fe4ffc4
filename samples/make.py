"""Makes the sample recordings of this folder again: `python samples/make.py` (needs Debian's package flite).

`python samples/make.py microphone in.webm out.wav` turns one into the 48 kHz WAV that Chromium plays as a fake
microphone (`--use-file-for-fake-audio-capture`).
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import av

FOLDER = Path(__file__).parent

PETER = "Peter Piper picked a peck of pickled peppers."
FORMATS = {".webm": ("webm", "libopus"), ".m4a": ("mp4", "aac"), ".mp3": ("mp3", "libmp3lame")}
READINGS = {
    "peter-piper": (PETER, "rms", (".webm", ".m4a", ".mp3")),
    # To be read: the line above. Left out: pickled; said twice: picked; said instead of "peck": "basket".
    "peter-piper-different": ("Peter Piper picked picked a basket of peppers.", "rms", (".webm",)),
    # To be read: In 1984 Henry VIII paid $3.50 for 1/2 a pie.
    "written-short": (
        "In nineteen hundred and eighty four Henry the eighth paid three fifty for half a pie.",
        "rms",
        (".webm",),
    ),
    "she-sells": ("She sells seashells by the seashore.", "rms", (".webm",)),
    "red-lorry": ("Red lorry, yellow lorry, red lorry, yellow lorry.", "awb", (".webm",)),
}


def frames(wav: Path) -> list[av.AudioFrame]:
    """Returns the decoded sound of a file."""
    with av.open(str(wav)) as container:
        return list(container.decode(audio=0))


def silence(seconds: int) -> list[av.AudioFrame]:
    """Returns digital silence in frames of 20 ms."""
    made = []
    for _ in range(seconds * 50):
        frame = av.AudioFrame(format="s16", layout="mono", samples=960)
        frame.sample_rate = 48_000
        frame.planes[0].update(bytes(frame.planes[0].buffer_size))
        made.append(frame)
    return made


def encode(sound: list[av.AudioFrame], path: Path, kind: str, codec: str) -> None:
    """Writes sound as a browser would: webm as a live stream (no duration, no index), 48 kHz mono."""
    options = {"live": "1"} if kind == "webm" else {}
    with av.open(str(path), "w", format=kind, options=options) as container:
        stream = container.add_stream(codec, rate=48_000, layout="mono")
        assert isinstance(stream, av.AudioStream)
        if codec != "pcm_s16le":
            stream.bit_rate = 32_000
        size = stream.codec_context.frame_size or None
        resampler = av.AudioResampler(stream.format.name, "mono", 48_000, frame_size=size)
        for frame in [*sound, None]:
            for part in resampler.resample(frame):
                part.pts = None
                container.mux(stream.encode(part))
        container.mux(stream.encode(None))


def make() -> None:
    """Synthesizes and encodes every sample."""
    with tempfile.TemporaryDirectory() as folder:
        for name, (text, voice, endings) in READINGS.items():
            wav = Path(folder) / f"{name}.wav"
            subprocess.run(["flite", "-voice", voice, "-t", text, "-o", str(wav)], check=True)
            for ending in endings:
                encode(frames(wav), FOLDER / f"{name}{ending}", *FORMATS[ending])
    encode(silence(3), FOLDER / "silence.webm", *FORMATS[".webm"])


if __name__ == "__main__":
    if sys.argv[1:2] == ["microphone"]:
        encode(frames(Path(sys.argv[2])), Path(sys.argv[3]), "wav", "pcm_s16le")
    else:
        make()
