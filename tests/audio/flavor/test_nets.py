"""What the nets hear, against TensorFlow and librosa (make_reference.py)."""

from pathlib import Path

import numpy as np
import pytest

from passagework.audio.flavor.log_mel import log_mels
from passagework.domain.flavor.tag_names import MSD_TAGS, MTT_TAGS
from tests.support.net_patches import net_patches

TOLERANCE = 1e-5


@pytest.fixture(scope="module")
def reference():
    with np.load(Path(__file__).with_name("nets_reference.npz")) as arrays:
        return dict(arrays)


@pytest.fixture(scope="module")
def patches():
    return net_patches()


@pytest.fixture(scope="module")
def heard(nets, patches):
    return nets.hear(patches)


def test_the_picture_of_a_sound_is_that_of_librosa(patches, reference):
    np.testing.assert_allclose(log_mels(patches)[:, ::17, ::5], reference["mels"], rtol=TOLERANCE, atol=TOLERANCE)


def test_the_picture_of_digital_silence_is_empty():
    assert not log_mels(np.zeros((1, net_patches().shape[1]), np.float32)).any()


def test_tags_are_those_of_tensorflow(heard, reference):
    np.testing.assert_allclose(heard.msd, reference["msd_tags"], rtol=0, atol=TOLERANCE)
    np.testing.assert_allclose(heard.mtt, reference["mtt_tags"], rtol=0, atol=TOLERANCE)


def test_embeddings_are_those_of_tensorflow(heard, nets, patches, reference):
    both = np.concatenate([reference["msd_embedding"], reference["mtt_embedding"]], axis=1)
    np.testing.assert_allclose(heard.embedding, both.mean(axis=0), rtol=TOLERANCE, atol=TOLERANCE)
    np.testing.assert_allclose(nets.hear(patches[2:3]).embedding, both[2], rtol=TOLERANCE, atol=TOLERANCE)


@pytest.mark.slow
def test_a_patch_sounds_alike_alone_and_among_many(heard, nets, patches):
    many = nets.hear(np.concatenate([patches, patches[:1]]))
    np.testing.assert_allclose(many.msd, np.concatenate([heard.msd, heard.msd[:1]]), atol=1e-6)
    np.testing.assert_allclose(nets.hear(patches[3:]).mtt[0], heard.mtt[3], atol=1e-6)


def test_names_say_what_is_heard(heard):
    plucked, drums, _, strings = (dict(zip(MTT_TAGS, row, strict=True)) for row in heard.mtt)
    assert plucked["piano"] + plucked["guitar"] > 5 * (drums["piano"] + drums["guitar"])
    assert drums["techno"] > 10 * strings["techno"]
    assert strings["strings"] > 10 * drums["strings"]
    named = dict(zip(MSD_TAGS, heard.msd[1], strict=True))
    assert max(named, key=named.__getitem__) == "electronic"


def test_nothing_comes_out_of_silence_or_noise_that_is_no_number(nets):
    rng = np.random.default_rng(1)
    loud = (100 * rng.standard_normal((1, net_patches().shape[1]))).astype(np.float32)
    for patch in (np.zeros_like(loud), loud):
        heard = nets.hear(patch)
        assert all(np.isfinite(values).all() for values in (heard.msd, heard.mtt, heard.embedding))
        assert min(heard.msd.min(), heard.mtt.min()) >= 0
        assert max(heard.msd.max(), heard.mtt.max()) <= 1
