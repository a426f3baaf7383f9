"""All that is heard of a file's character: with the nets where they are there, without them else."""

from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from passagework.audio.flavor import listener
from passagework.audio.flavor.listener import FlavorListener
from passagework.audio.flavor.model_files import NoNets
from passagework.demo.composition import compose
from passagework.domain.flavor.values import NOTHING_HEARD, FlavorLevel
from passagework.domain.spans import Span

RATE = 22_050
SECONDS = 30
OF_NETS = {"instruments", "voice", "character", "speed"}


def heard(level, *spans, signs=(1, 1)):
    with closing(FlavorListener(RATE, level)) as listening:
        sound = compose(SECONDS * RATE, RATE, 1).T.astype(np.float32)[0]
        block = tuple(sound * np.float32(sign) for sign in signs)
        listening.add(block, np.full(100 * SECONDS, -20.0, np.float32))
        listening.finish()
        return [listening.of(Span(start * RATE, end * RATE)) for start, end in spans]


@pytest.fixture
def without_nets(monkeypatch):
    monkeypatch.setattr(listener, "installed_nets", lambda: NoNets("none", installed=False))


def test_what_is_too_short_to_say_anything_was_listened_to_all_the_same(without_nets):
    (short,) = heard(FlavorLevel.BASIC, (5, 5))
    assert short == NOTHING_HEARD


def test_full_without_nets_is_basic_and_says_so(without_nets):
    assert heard(FlavorLevel.FULL, (0, 29)) == heard(FlavorLevel.BASIC, (0, 29))
    assert heard(FlavorLevel.FULL, (0, 29))[0].level is FlavorLevel.BASIC


def test_nets_add_their_groups_to_those_of_basic_and_say_which_weights_they_have(nets):
    (basic,), (full,) = (heard(level, (0, 29)) for level in (FlavorLevel.BASIC, FlavorLevel.FULL))
    assert full.level is FlavorLevel.FULL
    assert full.weights == nets.weights
    assert {name for name, _ in full.groups} - {name for name, _ in basic.groups} == OF_NETS
    assert all(sum(share for _, share in members) == pytest.approx(1, abs=1e-9) for _, members in full.groups)
    same = replace(
        full,
        level=basic.level,
        groups=full.groups[: len(basic.groups)],
        embedding=None,
        patches=0,
        gain=None,
        weights=None,
    )
    assert same == basic
    assert len(full.embedding) == 2 * 400
    assert full.patches > 0


def test_below_twelve_seconds_the_nets_say_nothing(nets):
    (short,) = heard(FlavorLevel.FULL, (0, 11))
    assert (short.level, short.patches, short.gain, short.embedding) == (FlavorLevel.FULL, 0, None, None)
    assert not OF_NETS & {name for name, _ in short.groups}
    assert short.groups


@pytest.mark.slow
@pytest.mark.parametrize("level", [FlavorLevel.BASIC, FlavorLevel.FULL])
def test_where_the_channels_cancel_each_other_out_one_of_them_is_heard(nets, level):
    assert heard(level, (0, 29), signs=(1, -1)) == heard(level, (0, 29), signs=(1, 1))


def test_where_nothing_is_heard_the_nets_say_nothing(nets):
    (nothing,) = heard(FlavorLevel.FULL, (0, 29), signs=(1e-5, 1e-5))
    assert (nothing.level, nothing.groups, nothing.embedding, nothing.patches) == (FlavorLevel.FULL, (), None, 0)
