"""Finding the weights of the nets: in an installed package, and in the cache."""

import hashlib
import os
import sys

import numpy as np
import pytest

from passagework.audio.flavor.log_mel import PATCH_SAMPLES
from passagework.audio.flavor.model_files import NoNets, load_nets
from passagework.audio.flavor.net import SHAPES
from passagework.audio.flavor.nets import Nets
from tests.support.checkpoint_files import checkpoint_of

MODELS = ("MSD_musicnn", "MTT_musicnn")
DATA = ".data-00000-of-00001"
SOUND = np.sin(np.arange(PATCH_SAMPLES, dtype=np.float32) / 5)[None]


@pytest.fixture(scope="module")
def weights():
    rng = np.random.default_rng(7)
    return {
        model: {name: rng.uniform(0, 0.01, shape).astype(np.float32) for name, shape in SHAPES.items()}
        for model in MODELS
    }


@pytest.fixture(scope="module")
def digest(weights):
    return hashlib.sha256(b"".join(weights[model][name].tobytes() for model in MODELS for name in SHAPES)).hexdigest()


@pytest.fixture
def package(tmp_path, monkeypatch, weights):
    """A package with made-up weights is the only one; its code would fail if it were run."""
    place = tmp_path / "installed"
    for model in MODELS:
        folder = place / "musicnn" / model
        folder.mkdir(parents=True)
        index, data = checkpoint_of({**weights[model], "dense/kernel/Adam": weights[model]["dense/kernel"]})
        (folder / ".index").write_bytes(index)
        (folder / DATA).write_bytes(data)
    (place / "musicnn" / "__init__.py").write_text("raise AssertionError")
    (place / "musicnn-0.1.0.dist-info").mkdir()
    (place / "musicnn-0.1.0.dist-info" / "METADATA").write_text("Name: musicnn\nVersion: 0.1.0\n")
    monkeypatch.setattr(sys, "path", [str(place)])
    return place / "musicnn"


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache" / "nets"


def copy_in(cache):
    (found,) = cache.iterdir()
    return found


def test_the_weights_are_read_without_running_the_package(package, cache, digest):
    nets = load_nets(cache, digest)
    assert isinstance(nets, Nets)
    assert nets.weights == digest[:12]
    assert "musicnn" not in sys.modules


def test_a_copy_in_the_cache_is_used_instead_of_the_checkpoints(package, cache, digest):
    first = load_nets(cache, digest)
    for model in MODELS:
        (package / model / DATA).unlink()
    again = load_nets(cache, digest)
    np.testing.assert_array_equal(first.hear(SOUND).embedding, again.hear(SOUND).embedding)


def test_without_a_cache_the_package_itself_is_read(package, cache, digest):
    assert isinstance(load_nets(None, digest), Nets)
    assert not cache.exists()


@pytest.mark.parametrize(
    "damaged",
    [
        pytest.param(lambda content: content[:0], id="empty"),
        pytest.param(lambda content: content[:-1], id="too short"),
        pytest.param(lambda content: content + b"\0", id="too long"),
        pytest.param(lambda content: content[:4_000] + b"\x01" + content[4_001:], id="one byte differs"),
        pytest.param(lambda content: bytes(len(content)), id="nothing but zeros"),
    ],
)
def test_a_damaged_copy_is_made_again(package, cache, digest, damaged):
    load_nets(cache, digest)
    right = copy_in(cache).read_bytes()
    copy_in(cache).write_bytes(damaged(right))
    assert isinstance(load_nets(cache, digest), Nets)
    assert copy_in(cache).read_bytes() == right


def test_something_else_in_place_of_the_copy_does_no_harm(package, cache, digest):
    cache.mkdir(parents=True)
    os.mkfifo(cache / f"musicnn-{digest[:12]}.weights")
    assert isinstance(load_nets(cache, digest), Nets)
    assert copy_in(cache).is_file()


def test_a_cache_that_cannot_be_written_does_no_harm(package, tmp_path, digest):
    (tmp_path / "file").write_text("in the way")
    assert isinstance(load_nets(tmp_path / "file" / "nets", digest), Nets)


def test_a_folder_in_place_of_the_copy_does_no_harm_and_nothing_unfinished_is_left(package, cache, digest):
    in_the_way = cache / f"musicnn-{digest[:12]}.weights"
    in_the_way.mkdir(parents=True)
    assert isinstance(load_nets(cache, digest), Nets)
    assert copy_in(cache) == in_the_way


def test_without_the_package_it_is_said_how_to_get_it(monkeypatch, tmp_path, cache, digest):
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    found = load_nets(cache, digest)
    assert isinstance(found, NoNets)
    assert not found.installed
    assert "pip install --no-deps musicnn==0.1.0" in found.reason


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        pytest.param(lambda model: (model / DATA).unlink(), "No such file", id="no data"),
        pytest.param(lambda model: (model / DATA).write_bytes(b"short"), "not where its table says", id="short data"),
        pytest.param(lambda model: (model / ".index").write_bytes(bytes(5_000)), "no table", id="no table"),
        pytest.param(lambda model: (model / ".index").write_bytes(bytes(2**20)), "too large", id="a large index"),
        pytest.param(lambda model: os.truncate(model / DATA, 2**40), "too large", id="data without an end"),
        pytest.param(lambda model: [(model / ".index").unlink(), os.mkfifo(model / ".index")], "no file", id="a pipe"),
        pytest.param(lambda model: (model / ".index").write_bytes(checkpoint_of({})[0]), "lacks", id="no arrays"),
    ],
)
def test_a_damaged_package_is_said_to_be_so(package, cache, digest, harm, said):
    harm(package / "MTT_musicnn")
    found = load_nets(cache, digest)
    assert isinstance(found, NoNets)
    assert found.installed
    assert said in found.reason
    assert "--force-reinstall" in found.reason
    assert not cache.exists()


def test_arrays_of_another_shape_are_refused(package, cache, digest, weights):
    turned = {**weights["MSD_musicnn"], "dense_1/kernel": weights["MSD_musicnn"]["dense_1/kernel"].T}
    (package / "MSD_musicnn" / ".index").write_bytes(checkpoint_of(turned)[0])
    found = load_nets(cache, digest)
    assert isinstance(found, NoNets)
    assert "dense_1/kernel has another shape" in found.reason


def test_other_weights_are_refused(package, cache, digest, weights):
    other = {**weights["MSD_musicnn"], "dense_1/bias": np.zeros(50, np.float32)}
    index, data = checkpoint_of(other)
    (package / "MSD_musicnn" / ".index").write_bytes(index)
    (package / "MSD_musicnn" / DATA).write_bytes(data)
    found = load_nets(cache, digest)
    assert isinstance(found, NoNets)
    assert "not the weights of version 0.1.0" in found.reason
