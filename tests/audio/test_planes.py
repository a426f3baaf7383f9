"""What each channel counts in loudness, by its place."""

import av
import pytest

from passagework.audio.decoding.planes import loudness_weights


@pytest.mark.parametrize(
    ("layout", "weights"),
    [
        ("mono", (1,)),
        ("stereo", (1, 1)),
        ("5.1", (1, 1, 1, 0, 1.41, 1.41)),
        ("5.1(side)", (1, 1, 1, 0, 1.41, 1.41)),
        ("FL+LFE+LFE2+SR", (1, 0, 0, 1.41)),
        ("6 channels", (1, 1, 1, 0, 1.41, 1.41)),
        ("8 channels", (1, 1, 1, 0, 1.41, 1.41, 1.41, 1.41)),
        ("3 channels", (1, 1, 1)),
        ("4 channels", (1, 1, 1, 1)),
        ("9 channels", (1,) * 9),
    ],
)
def test_channels_behind_and_beside_the_listener_count_more_and_bass_nothing(layout, weights):
    assert loudness_weights(av.AudioLayout(layout)) == weights
