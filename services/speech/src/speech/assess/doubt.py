"""Tells from the quality of a recording how much must agree before a word in it is called wrong."""

from collections.abc import Callable
from dataclasses import dataclass

from speech.quality import Quality


@dataclass(frozen=True)
class Doubt:
    """Says what a recording cannot prove.

    `similar`: that a word was another one that sounds alike. `absent`: that a word was not said which the aligner finds
    but the transcriber does not, or in whose place it hears another word each time. `missing`: that anything is missing
    which neither of them finds.
    """

    similar: bool = False
    absent: bool = False
    missing: bool = False


CERTAIN = Doubt()


@dataclass(frozen=True)
class _Row:
    """Holds an estimate, the limit below which sound is poor in this way, and what then is not proved."""

    estimate: Callable[[Quality], float | None]
    limit: float
    doubt: Doubt


#: Clear speech of voices and people had at least -44, 22 and 308, and no flat peak. A telephone, a sample rate of 8 kHz
#: and a hand on the microphone leave a treble below -50, and the hand alone a middle below -34, where all others have
#: -30 or more; room noise 15 dB below the voice is 20 below its loud parts; half a second of reverberation falls by 160
#: to 300 dB a second. Of a whisper, which has next to no pitch, the detector overlooks some.
TABLE = (
    _Row(lambda quality: quality.treble_db, -47.0, Doubt(similar=True, absent=True)),
    _Row(lambda quality: quality.middle_db, -33.0, Doubt(missing=True)),
    _Row(lambda quality: quality.noise_db, 21.5, Doubt(absent=True)),
    _Row(lambda quality: quality.voiced, 0.15, Doubt(missing=True)),
    _Row(lambda quality: quality.fall, 300.0, Doubt(absent=True)),
    _Row(lambda quality: -quality.clipped, -0.002, Doubt(absent=True)),
    _Row(lambda quality: -quality.crowded, -0.045, Doubt(absent=True)),
)


#: Seconds that a sound usually takes at least where a reading is not too fast: people had 0.060 or more. The aligner's
#: model has three states of a hundredth, so nothing that is shorter fits it, and transcribers lose short words.
FAST = 0.058


def doubt(quality: Quality, usual_sound: float | None = None) -> Doubt:
    """Returns all doubts about sound of this quality, in which a sound usually takes so many seconds."""
    poor = [row.doubt for row in TABLE if (estimate := row.estimate(quality)) is not None and estimate < row.limit]
    if usual_sound is not None and usual_sound < FAST:
        poor.append(Doubt(absent=True))
    return Doubt(
        similar=any(one.similar for one in poor),
        absent=any(one.absent for one in poor),
        missing=any(one.missing for one in poor),
    )
