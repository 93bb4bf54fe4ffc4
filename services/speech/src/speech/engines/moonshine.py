"""Transcribes with Moonshine tiny-en (MIT), whose weights come inside its wheel: offline, nothing to download."""

from importlib.metadata import version

import numpy as np
import speech_recognition as sr

from speech.audio import RATE, Samples
from speech.engines.base import EngineUnavailable

try:
    import moonshine_voice
except (ImportError, OSError):  # no wheel for this platform
    moonshine_voice = None

# The model's own voice detection keeps state between calls, so the same recording would give different words; and it
# cuts words off (word errors 9.3 % with it, 4.1 % without). The quality gate takes its place.
OPTIONS = {"vad_threshold": "0.0"}


class MoonshineRecognizer(sr.Recognizer):  # type: ignore[misc]  # untyped
    """Adds a recognizer to SpeechRecognition's facade. Not thread-safe: a shared transcriber returns garbage."""

    def __init__(self) -> None:
        super().__init__()
        path = f"{moonshine_voice.get_assets_path()}/tiny-en"
        self._transcriber = moonshine_voice.Transcriber(path, moonshine_voice.ModelArch.TINY, options=OPTIONS)

    def recognize_moonshine(self, audio: sr.AudioData) -> str:
        """Returns the words heard; raises `UnknownValueError` when there were none."""
        pcm = np.frombuffer(audio.get_raw_data(convert_rate=RATE, convert_width=2), np.int16)
        transcript = self._transcriber.transcribe_without_streaming(pcm.astype(np.float32) / 32_768, RATE)
        text = " ".join(line.text for line in transcript.lines).strip()
        if not text:
            raise sr.UnknownValueError
        return text


class Moonshine:
    """Transcribes by default. Raises `EngineUnavailable` where there is no wheel (glibc < 2.34, other platforms)."""

    name = "moonshine"

    def __init__(self) -> None:
        if moonshine_voice is None:
            raise EngineUnavailable("The speech engine moonshine has no wheel for this system (it needs glibc 2.34).")
        try:
            self._recognizer = MoonshineRecognizer()
        except (OSError, moonshine_voice.MoonshineError) as error:
            raise EngineUnavailable(f"The speech engine moonshine does not start: {error}.") from error
        self.version = f"{version('moonshine-voice')} tiny-en"

    def transcribe(self, samples: Samples) -> str:
        audio = sr.AudioData(samples.tobytes(), RATE, samples.itemsize)
        try:
            return self._recognizer.recognize_moonshine(audio)
        except sr.UnknownValueError:
            return ""
