"""What is said of each passage is its own: from its span, its cues, its piece and the person who gave it its bounds."""

import numpy as np
import pytest

from passagework.audio.measure.measurements import Meters
from passagework.audio.one_decode import Decoded
from passagework.audio.passages import analyze_passages
from passagework.domain.chosen_cuts import ChosenCuts
from passagework.domain.cues import Cues
from passagework.domain.extensions import PassageValue
from passagework.domain.flavor.values import NOTHING_HEARD, Flavor, FlavorLevel
from passagework.domain.given_cuts import PieceTags
from passagework.domain.spans import Span
from passagework.domain.units import ticks_from_samples

RATE = 8_000
SPANS = (Span(0, 3 * RATE), Span(4 * RATE, 8 * RATE))
PIECES = (PieceTags(title="One"), PieceTags(title="Two"))
CUES = (
    Cues(lead_in=80, lead_out=160, fade_in=240, fade_out=320),
    Cues(lead_in=400, lead_out=480, fade_in=None, fade_out=560),
)


FLAVOR = Flavor(level=FlavorLevel.BASIC, groups=(), seconds=2.5)


class Flavors:
    """Hears something in the first passage only."""

    def of(self, span):
        return FLAVOR if span == SPANS[0] else NOTHING_HEARD


class Extensions:
    """Say where a passage begins and ends."""

    def values(self, start, end):
        return (PassageValue("bounds", "1.0", "start", start), PassageValue("bounds", "1.0", "end", end))


@pytest.fixture(scope="module")
def decoded():
    meters = Meters(RATE // 100, RATE, (1.0,), true_peak=True)
    levels = np.repeat([0.1, 0.0, 0.5], [3 * RATE, RATE, 4 * RATE])
    meters.add(((np.random.default_rng(1).uniform(-1, 1, 8 * RATE) * levels).astype(np.float32),))
    return Decoded(
        measured=meters.finish(),
        sample_rate=RATE,
        channels=1,
        pcm=None,
        spectra=None,
        flavor=Flavors(),
        extensions=Extensions(),
        lacks=lambda _spans: False,
        cancels=False,
    )


def test_each_value_of_a_passage_is_its_own(decoded):
    measured = decoded.measured
    cuts = ChosenCuts(spans=SPANS, tags=PIECES, keeps=("guid 1", "guid 2"))
    made = analyze_passages(cuts, CUES, decoded, None)
    ticks = {name: [getattr(one, name) for one in made] for name in ("lead_in", "lead_out", "fade_in", "fade_out")}
    assert ticks == {
        name: [None if (length := getattr(cues, name)) is None else ticks_from_samples(length, RATE) for cues in CUES]
        for name in ticks
    }
    assert [(one.start, one.end) for one in made] == [
        (ticks_from_samples(span.start, RATE), ticks_from_samples(span.end, RATE)) for span in SPANS
    ]
    assert [(one.piece, one.keeps) for one in made] == list(zip(PIECES, cuts.keeps, strict=True))
    assert [one.loudness for one in made] == [measured.loudness(span) for span in SPANS]
    assert [one.loudness_distribution for one in made] == [measured.distribution(span) for span in SPANS]
    assert made[0].loudness != made[1].loudness
    assert [one.flavor for one in made] == [FLAVOR, NOTHING_HEARD]
    assert [one.values for one in made] == [Extensions().values(span.start, span.end) for span in SPANS]
