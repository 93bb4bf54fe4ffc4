"""Decodes recordings of any browser or phone, also damaged and hostile ones (the only importer of PyAV)."""

import io
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import av

from speech.audio import RATE, Recording, RecordingTooLong, RecordingUndecodable
from speech.container import ends_early, holes, with_length, without_tags
from speech.repair import Mended, mend
from speech.timeline import LEFT_OUT, Timeline

#: Seconds by which a recording of the permitted length may be longer, by its codec's padding or a late stop.
GRACE = 0.5

# A recording comes from a stranger. Without these lists FFmpeg would also open playlists, which name files to read, and
# reach some five hundred decoders that no recorder uses.
DEMUXERS = "matroska,webm,ogg,mov,mp4,m4a,aac,mp3,wav,w64,flac,aiff,caf,amr"
CODECS = frozenset(
    "opus vorbis aac mp3 mp3float flac alac amrnb amrwb pcm_u8 pcm_s8 pcm_s16le pcm_s16be pcm_s24le pcm_s24be"
    " pcm_s32le pcm_s32be pcm_f32le pcm_f32be pcm_f64le pcm_f64be pcm_alaw pcm_mulaw adpcm_ima_wav adpcm_ima_qt"
    " adpcm_ms gsm gsm_ms speex".split()
)
OPTIONS = {
    "format_whitelist": DEMUXERS,
    "codec_whitelist": ",".join(sorted(CODECS)),
    "max_streams": "16",
    "probesize": str(256 * 1024),
}
RATES = range(4_000, 192_001)
MAX_CHANNELS = 8
#: The shortest packets of a recorder last 2.5 ms, which makes 12,000 in 30 s.
MAX_PACKETS = 30_000
#: Errors of a demuxer after which nothing more is expected of it.
MAX_BREAKS = 100
#: Seconds of processor time that may be used before any sound, and per second of sound: 10 s for 30 s.
STARTING, DECODING = 2.0, 8 / 30

#: Containers that have other bytes between packets, and those that say when a packet plays; the others' times are
#: counted from the packets that were found.
SPACED = {"matroska,webm", "mov,mp4,m4a,3gp,3g2,mj2", "ogg"}
TIMED = SPACED | {"flac"}
#: The container whose packets are all numbered: FFmpeg makes one without a number of what is damaged.
NUMBERED = "flac"
#: Containers whose header says how long the whole is; the others' lengths are guessed.
MEASURED = {"wav", "w64", "flac", "aiff", "caf", "matroska,webm", "mov,mp4,m4a,3gp,3g2,mj2"}
#: Seconds by which a recording may be shorter than its header says, and the longest length that is believed.
SHORT_BY, BELIEVED = 0.25, 300.0
#: Bytes of the longest frame of an MP3: FFmpeg makes one packet of an MP3's hole and the frame before it.
LONGEST_FRAME = 1441
#: Seconds of the longest packet of Opus.
LONGEST_PACKET = 0.12
#: Most seconds that bytes without a frame are taken for sound: more of them are a picture.
BELIEVED_HOLE = 4.0
#: Least seconds of a leap of the timestamps that are left as silence; and after a packet that was lost.
LEAP, LEAP_AFTER_LOSS = 0.1, 0.005


def decode(data: bytes, *, max_seconds: float = 30.0) -> Recording:
    """Decodes webm, ogg, m4a, aac, mp3, wav, flac, aiff, caf or amr to mono int16 at 16 kHz, as far as it is readable.

    The length is measured while decoding, since MediaRecorder's webm names none and other files may name a wrong one.
    Raises `RecordingTooLong` and `RecordingUndecodable`.
    """
    try:
        plain = with_length(without_tags(data))
        recording = _Decoding(mend(plain), max_seconds + GRACE, ends_early(plain)).run()
    except RecordingTooLong:
        raise RecordingTooLong(f"the recording is longer than {max_seconds:g} seconds") from None
    except (av.FFmpegError, ValueError, MemoryError, OverflowError) as error:
        raise RecordingUndecodable(f"not a readable recording: {error}") from error
    if not recording.samples.size:
        raise RecordingUndecodable("the recording holds no sound")
    return recording


@dataclass
class _Decoding:
    """Decodes one recording; each error costs one packet."""

    file: Mended
    longest: float
    ends_early: bool = False
    timed: bool = False
    numbered: bool = False
    lost: bool = False
    expected: float | None = None
    sound: float = 0.0
    length: float = 0.0
    #: bytes of the packets that were decoded, places of a bare AAC without any, and places behind what is missing
    read: int = 0
    holes: deque[tuple[int, int]] = field(default_factory=deque)
    gaps: deque[int] = field(default_factory=deque)
    #: whether a page with wrong bits is read, in which a packet may claim any length; and the longest of others
    marred: bool = False
    longest_frame: float = 0.0
    form: object = None
    resampler: Any = None
    line: Timeline = field(init=False)
    began: float = field(default_factory=time.process_time)

    def run(self) -> Recording:
        self.line = Timeline(self.longest)
        self.gaps = deque(self.file.behind_gaps)
        with av.open(io.BytesIO(self.file.data), "r", metadata_errors="ignore", options=dict(OPTIONS)) as container:
            if not container.streams.audio:
                return self.line.recording(cut=False)
            stream = container.streams.audio[0]
            self.timed, self.numbered = container.format.name in TIMED, container.format.name == NUMBERED
            _check(stream.codec_context)
            stream.codec_context.thread_count = 1
            self.holes = deque(holes(self.file.data) if container.format.name == "aac" else [])
            for packet in self._packets(container, stream):
                while self.holes and packet.pos is not None and packet.pos >= self.holes[0][0]:
                    self._miss(self.holes.popleft()[1])
                while self.gaps and packet.pos is not None and packet.pos >= self.gaps[0]:
                    self.gaps.popleft()
                    self.lost = True
                unnumbered = self.numbered and packet.size and packet.pts is None
                begins, self.marred = self.line.end, unnumbered or packet.pos in self.file.marred
                self._decode(packet)
                if self.marred:
                    self.line.gaps.append((begins, self.line.end))
            self._flush()
            return self.line.recording(cut=self.lost or self._short(container, stream))

    def _packets(self, container: Any, stream: Any) -> Iterator[Any]:
        """Yields what the demuxer finds, also behind damaged places."""
        end, count, spaced = None, 0, container.format.name in SPACED
        for _ in range(MAX_BREAKS):
            try:
                for packet in container.demux(stream):
                    count += 1
                    self._check_cost(count)
                    if packet.size:
                        self.lost |= end is not None and not spaced and packet.pos is not None and packet.pos > end
                        end = packet.pos + packet.size if packet.pos is not None else None
                    yield packet
                    self.lost |= packet.is_corrupt  # which ends where the file does
                return
            except av.FFmpegError:
                self.lost = True
        raise RecordingUndecodable("the recording is damaged all over")

    def _check_cost(self, packets: int) -> None:
        if packets > MAX_PACKETS:
            raise RecordingUndecodable("the recording has too many packets")
        if time.process_time() - self.began > STARTING + DECODING * self.sound:
            raise RecordingUndecodable("the recording takes too much work")

    def _decode(self, packet: Any) -> None:
        try:
            frames = packet.decode()
        except av.FFmpegError:
            self._lose(packet)
            return
        self.read += packet.size
        if not self.longest_frame and packet.duration and packet.time_base:  # of the first frame a part is not played
            self.longest_frame = min(float(packet.duration * packet.time_base), LONGEST_PACKET)
        for frame in frames:
            if frame.sample_rate in RATES and 1 <= frame.layout.nb_channels <= MAX_CHANNELS:
                self._lay(frame)
            else:
                self.lost = True

    def _lose(self, packet: Any) -> None:
        """Notes a packet that cannot be decoded. Where no timestamp follows, its length or the last one's is left."""
        self.lost = True
        if self.marred or self.numbered:
            self._lose_one()
            self.lost = not self.marred
        elif packet.size > LONGEST_FRAME and packet.stream.codec_context.name in ("mp3", "mp3float") and not self.timed:
            self._miss(packet.size)
        elif not self.timed and self.line.end:
            self._flush()
            length = float(packet.duration * packet.time_base) if packet.duration and packet.time_base else self.length
            self.line.lose(min(length, 1.0))

    def _lose_one(self) -> None:
        """Leaves the length of one frame, within a page whose packets may claim any length and time."""
        self._flush()
        self.line.lose(self.longest_frame)
        self._expect(self.longest_frame)

    def _expect(self, length: float) -> None:
        self.lost = False
        if self.expected is not None:
            self.expected += length

    def _miss(self, size: int) -> None:
        """Notes bytes of a bare stream that are no frames, and leaves as long as so many bytes of it lasted before."""
        self.lost = True
        missing = size * self.sound / self.read if self.read else 0.0
        if self.line.end and missing <= min(BELIEVED_HOLE, self.longest - self.line.end):
            self._flush()
            self.line.lose(missing)

    def _lay(self, frame: Any) -> None:
        length = frame.samples / frame.sample_rate
        if self.marred and length > self.longest_frame > 0:
            self._lose_one()
            return
        self.length, self.longest_frame = length, max(length, self.longest_frame)
        self.sound += self.length
        if self.sound > self.longest:
            raise RecordingTooLong
        if self.marred:
            self._expect(length)
        else:
            self._leap(frame)
        form = (frame.sample_rate, frame.format.name, frame.layout.name)
        if form != self.form:
            self._flush()
            self.form = form
            self.resampler = av.AudioResampler(format="s16", layout=frame.layout, rate=RATE)
        frame.pts = None
        self._add(self.resampler.resample(frame))

    def _leap(self, frame: Any) -> None:
        """Leaves the time in which, by the timestamps, nothing plays; notes what was lost."""
        starts = float(frame.pts * frame.time_base) if self.timed and frame.pts is not None else None
        leap = 0.0 if starts is None or self.expected is None else starts - self.expected
        if starts is not None:
            self.expected = starts + frame.samples / frame.sample_rate
        self.lost |= self.numbered and leap >= LEAP_AFTER_LOSS
        leap = leap if leap >= (LEAP_AFTER_LOSS if self.lost else LEAP) else 0.0
        if leap > self.longest - self.sound:  # such a timestamp is damaged, or the pause is longer than permitted
            self.lost, leap = True, 0.0
        if leap or self.lost:
            self._flush()
            if self.lost or leap > LEFT_OUT:
                self.line.lose(leap)
            else:
                self.line.leave(leap)
        self.lost = False

    def _flush(self) -> None:
        if self.resampler is not None:
            self._add(self.resampler.resample(None))
        self.resampler = self.form = None

    def _add(self, resampled: Any) -> None:
        for part in resampled:  # packed: PyAV 18.1 reads beyond the end of eight planes
            self.line.add(part.to_ndarray().reshape(-1, part.layout.nb_channels).T)

    def _short(self, container: Any, stream: Any) -> bool:
        """Tells whether there is less than the file says."""
        said = 0.0
        if container.format.name in MEASURED or (container.format.name == "mp3" and _counted(self.file.data)):
            if stream.duration and stream.time_base:
                said = float(stream.duration * stream.time_base)
            elif container.duration:
                said = container.duration / av.time_base
        return self.line.end + SHORT_BY < said < BELIEVED or self.ends_early


def _check(context: Any) -> None:
    """Refuses a stream that no recorder makes, before anything of it is decoded."""
    if context is None or context.name not in CODECS:
        raise RecordingUndecodable("the codec is not one of recorders")
    if context.sample_rate not in RATES:
        raise RecordingUndecodable("the sampling rate is not one of recordings")
    if context.layout.nb_channels > MAX_CHANNELS:
        raise RecordingUndecodable("the recording has too many channels")


def _counted(mp3: bytes) -> bool:
    """Tells whether an MP3 begins with a frame that counts the others."""
    head = mp3[:4096]
    return any(name in head for name in (b"Xing", b"Info", b"VBRI"))
