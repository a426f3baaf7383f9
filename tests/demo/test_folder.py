import os
from collections import Counter
from pathlib import Path

import av
import numpy as np
import pytest

from passagework.demo import DemoFolderError, make_demo_folder
from passagework.demo.folder import _MARKER, _UNFINISHED
from passagework.domain.analysis_rules import SegmentationRules
from passagework.domain.failures import FailureCode, WarningCode
from passagework.domain.file_levels import FileLevels
from passagework.domain.segmentation import find_cuts
from passagework.domain.stored_levels import steps_of
from passagework.domain.units import seconds, ticks_from_samples

pytestmark = pytest.mark.slow

COMPANIONS = {Path(_MARKER), Path("README.txt"), Path("Plausible Mornings/cover.jpg")}


def files_of(folder):
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}


def stamps(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


def decode(path):
    resampler = av.AudioResampler(format="flt")
    blocks = [np.zeros(0, np.float32)]
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        for packet in container.demux(stream):
            try:
                frames = packet.decode()
            except av.error.InvalidDataError:
                continue
            blocks += [piece.to_ndarray().ravel() for frame in frames for piece in resampler.resample(frame)]
        return np.concatenate(blocks).reshape(-1, stream.channels)


def levels_of(signal, hop):
    padded = np.concatenate((signal, np.zeros((-len(signal) % hop, signal.shape[1]), np.float32)))
    powers = np.mean(np.square(padded.reshape(-1, hop * signal.shape[1]), dtype=np.float64), axis=1)
    return (10 * np.log10(np.maximum(powers, 1e-20))).astype(np.float32)


def test_the_folder_holds_what_the_truth_names_and_nothing_else(demo):
    assert files_of(demo.folder) == {file.path for file in demo.files} | COMPANIONS
    assert len({file.path.suffix for file in demo.files if file.failure is None}) >= 9
    assert sum(path.stat().st_size for path in demo.folder.rglob("*")) < 20_000_000
    total = sum(seconds(ticks_from_samples(file.samples, file.sample_rate)) for file in demo.files if file.samples)
    assert 6 * 60 < total < 8 * 60


def test_every_piece_is_where_the_truth_says(demo):
    for file in demo.files:
        if file.failure is not None:
            continue
        signal = decode(demo.folder / file.path)
        exact = file.path.suffix != ".wma" and "Two Sugars" not in file.path.name
        assert abs(len(signal) - file.samples) <= (0 if exact else 2048), file.path
        hop = file.sample_rate // 100
        levels = FileLevels.of(steps_of(levels_of(signal, hop)), hop, file.sample_rate)
        found = find_cuts(levels, len(signal), SegmentationRules()).passages
        assert len(found) == len(file.pieces), file.path
        for span, piece in zip(found, file.pieces, strict=True):
            near = 0.02 * file.sample_rate if exact else 2048 + hop
            if piece.fade_out is not None:
                near = 0.15 * file.sample_rate
            assert abs(span.start - piece.start) <= near, file.path
            assert abs(span.end - piece.end) <= near, file.path


def test_the_fades_have_the_lengths_that_the_truth_gives(demo):
    (file,) = [file for file in demo.files if any(piece.fade_out for piece in file.pieces)]
    (piece,) = file.pieces
    levels = levels_of(decode(demo.folder / file.path), file.sample_rate // 10)
    steady = np.median(levels[len(levels) // 3 : len(levels) // 2])
    coming, going = piece.fade_in * 10 // file.sample_rate, piece.fade_out * 10 // file.sample_rate
    assert levels[0] < steady - 20
    assert levels[coming : len(levels) - going].min() > steady - 15
    assert levels[-3:].max() < steady - 25


def test_the_damaged_file_declares_more_than_it_holds(demo):
    (file,) = [file for file in demo.files if file.warning is WarningCode.TRUNCATED]
    with av.open(str(demo.folder / file.path)) as container:
        assert container.streams.audio[0].duration == 2 * file.samples


def test_what_is_no_music_is_named_with_the_code_it_must_fail_with(demo):
    codes = {file.failure: (demo.folder / file.path).stat().st_size for file in demo.files if file.failure is not None}
    assert set(codes) == {FailureCode.NOT_AUDIO, FailureCode.EMPTY_FILE}
    assert codes[FailureCode.EMPTY_FILE] == 0


def test_the_album_has_two_artists_a_joint_credit_and_a_work_recorded_twice(demo):
    assert demo.links.artists == 2
    assert Counter(len(file.tags.artist_ids) for file in demo.files if file.tags.artist_ids) == {1: 9, 2: 1}
    assert (demo.links.songs, demo.links.works, demo.links.song_works) == (10, 1, 2)


def test_the_readme_names_every_file_and_says_that_the_identifiers_are_invented(demo):
    text = (demo.folder / "README.txt").read_text("utf-8")
    assert all(str(file.path) in text for file in demo.files)
    assert "invented" in text
    assert "0:31.500 - 0:53.500" in text


@pytest.fixture
def copy(demo, tmp_path):
    folder = tmp_path / "copy"
    for name in files_of(demo.folder):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes((demo.folder / name).read_bytes())
    return folder


def test_a_second_call_makes_only_what_is_missing_and_equal_to_the_byte(demo, copy):
    before = stamps(copy)
    missing = [demo.files[6].path, demo.files[8].path, demo.files[-1].path, Path("Plausible Mornings/cover.jpg")]
    for name in missing:
        (copy / name).unlink()
    assert make_demo_folder(copy).made == len(missing)
    assert {path for path, stamp in stamps(copy).items() if stamp != before[path]} == {copy / name for name in missing}
    for name in missing:
        assert (copy / name).read_bytes() == (demo.folder / name).read_bytes()
    assert make_demo_folder(copy).made == 0


def test_a_file_left_half_written_by_an_interrupted_call_is_swept_away(demo, copy):
    (copy / _UNFINISHED).mkdir()
    (copy / _UNFINISHED / "01 Kettle.mp3").write_bytes(b"half")
    (copy / "README.txt").unlink()
    assert make_demo_folder(copy).made == 1
    assert files_of(copy) == files_of(demo.folder)


def test_files_that_people_add_or_change_stay_as_they_are(demo, copy):
    (copy / "README.txt").write_text("my own words")
    (copy / "mine.wav").write_bytes(b"mine")
    assert make_demo_folder(copy).made == 0
    assert (copy / "README.txt").read_text() == "my own words"
    assert files_of(copy) == files_of(demo.folder) | {Path("mine.wav")}


def test_a_folder_with_other_files_is_refused_and_left_alone(tmp_path):
    (tmp_path / "mine.mp3").write_bytes(b"mine")
    with pytest.raises(DemoFolderError, match="contains other files"):
        make_demo_folder(tmp_path)
    assert files_of(tmp_path) == {Path("mine.mp3")}


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "file").write_bytes(b"mine")
    with pytest.raises(DemoFolderError, match="not a folder"):
        make_demo_folder(tmp_path / "file")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_refused_with_its_name(tmp_path):
    tmp_path.chmod(0o500)
    with pytest.raises(DemoFolderError, match="cannot be written"):
        make_demo_folder(tmp_path / "demo")


def test_a_folder_below_a_file_is_refused_with_its_name(tmp_path):
    (tmp_path / "file").write_bytes(b"mine")
    with pytest.raises(DemoFolderError, match="cannot be written"):
        make_demo_folder(tmp_path / "file" / "demo")
