"""From the blocks of a file to what the nets say of its passages."""

import numpy as np
import pytest

from passagework.audio.flavor.heard_by_nets import hear_passage
from passagework.audio.flavor.patches import PatchSpool
from passagework.audio.measure.envelope import hop_length, measure_hops
from passagework.domain.spans import Span
from tests.support.net_patches import net_patches

RATE = 16_000


@pytest.fixture(scope="module")
def spool():
    """Twenty seconds of plucked chords, a silence, and as much of a drum machine that is far fainter."""
    plucked, drums, *_ = (np.tile(patch, 7)[: 20 * RATE] for patch in net_patches())
    music = np.concatenate([plucked, np.zeros(2 * RATE, np.float32), 0.01 * drums])
    spool, hop = PatchSpool(RATE), hop_length(RATE)
    for at in range(0, music.size, 50 * hop):
        block = (music[at : at + 50 * hop],)
        spool.add(block, measure_hops(block, hop).levels)
    spool.finish()
    return spool


PLUCKED, DRUMS = Span(0, 20 * RATE), Span(22 * RATE, 42 * RATE)


@pytest.mark.slow
def test_each_passage_sounds_like_what_it_is_at_whatever_level(nets, spool):
    plucked, drums = hear_passage(nets, spool, PLUCKED), hear_passage(nets, spool, DRUMS)
    by_name = [{name: dict(members) for name, members in one.groups} for one in (plucked, drums)]
    assert by_name[0]["instruments"]["piano"] > 3 * by_name[1]["instruments"]["piano"]
    assert by_name[1]["instruments"]["drums"] > 3 * by_name[0]["instruments"]["drums"]
    assert by_name[1]["character"]["electronic"] > by_name[0]["character"]["electronic"]
    assert drums.gain - plucked.gain == pytest.approx(40, abs=2)
    assert (plucked.patches, drums.patches) == (4, 4)


@pytest.mark.slow
def test_what_is_heard_is_made_of_plain_values(nets, spool):
    heard = hear_passage(nets, spool, PLUCKED)
    assert type(heard.gain) is float
    assert type(heard.patches) is int
    assert all(type(share) is float for _, members in heard.groups for _, share in members)
    vector = np.frombuffer(heard.embedding, "<f2")
    assert vector.shape == (400,)
    assert np.isfinite(vector).all()
    assert heard.weights == nets.weights


@pytest.mark.slow
def test_the_same_passage_sounds_the_same_again(nets, spool):
    assert hear_passage(nets, spool, DRUMS) == hear_passage(nets, spool, DRUMS)


def test_nothing_is_said_of_a_short_passage(nets, spool):
    assert hear_passage(nets, spool, Span(0, 11 * RATE)) is None
