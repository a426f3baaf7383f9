"""Fixtures for every test: made music with a known truth, real music where there is some, and nothing of the user's."""

import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest

# Before numpy is loaded: a matrix product would start a thread for each core, in each of the processes of a test run.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from passagework.demo import DemoFolder, make_demo_folder
from passagework.demo.composition import compose
from passagework.demo.encoding import AudioForm, write_audio
from passagework.demo.tagging import write_tags
from passagework.domain.tags import Tags
from tests.support.beside_others import Room, leave_out_unless_asked_for, longest_first, one_at_a_time, workers_for
from tests.support.effort import LONG_VARIABLE, load_hypothesis_profile, mark_properties
from tests.support.folders import ALBUMS, MUSIC, ODD_FILES, WHAT, folder_of, needed
from tests.support.small_music import make_small_music

OURS = {*WHAT, LONG_VARIABLE}
"""What people set for the tests, and not for themselves."""

MakeMusic = Callable[..., Path]
ROOM = pytest.StashKey[Room]()

load_hypothesis_profile()


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Say what ``-n auto`` means, which pyproject.toml asks for."""
    return workers_for(config)


def pytest_configure(config: pytest.Config) -> None:
    """Make the room that all processes share; their temporary folders lie beside each other in one."""
    if hasattr(config, "workerinput"):
        config.stash[ROOM] = Room(Path(config.option.basetemp).parent)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is only run once in ``.ci/run``, and begin with what takes longest."""
    mark_properties(items)
    leave_out_unless_asked_for(config, items)
    longest_first(items)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Enter the room before the clocks of fixtures, test and time limit run."""
    room = item.config.stash.get(ROOM, None)
    if room is None:
        return (yield)
    with room.entered(alone=item.get_closest_marker("alone") is not None):
        return (yield)


@pytest.fixture(autouse=True, scope="session")
def nothing_of_the_user(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep the user's settings and libraries out of the tests, and the tests out of the user's folders."""
    places = tmp_path_factory.mktemp("user")
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("PASSAGEWORK_") and name not in OURS:
                patch.delenv(name)
        for kind in ("CACHE", "CONFIG", "DATA", "STATE"):
            patch.setenv(f"XDG_{kind}_HOME", str(places / kind.lower()))
        yield


@pytest.fixture
def make_music(tmp_path: Path) -> MakeMusic:
    """Give a function that makes a piece of music: ``make_music("a/b.flac", seconds=2.0, seed=1)``.

    Relative paths are below the test's own folder. The form follows from the suffix unless ``form`` names one;
    ``tags`` are written into the file.
    """
    forms = {form.suffix: form for form in reversed(AudioForm)}

    def make(
        name: str | Path,
        *,
        seconds: float = 2.0,
        seed: int = 1,
        sample_rate: int = 48_000,
        form: AudioForm | None = None,
        tags: Tags | None = None,
    ) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        music = compose(round(seconds * sample_rate), sample_rate, seed)
        write_audio(path, music, sample_rate, form or forms[path.suffix])
        if tags is not None:
            write_tags(path, tags)
        return path

    return make


@pytest.fixture
def music_folder(tmp_path: Path, make_music: MakeMusic) -> Path:
    """Give a folder with three short tagged pieces in three formats, one of them in a subfolder."""
    for seed, name in enumerate(("One.flac", "Two.mp3", "Sub/Three.wav"), 1):
        title = Path(name).stem
        make_music(Path("music") / name, seed=seed, tags=Tags(title=title, artist_credit="Somebody", album="Short"))
    return tmp_path / "music"


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoFolder:
    """Give the demo's music folder, made once for all tests: read it, do not change it."""
    return make_demo_folder(tmp_path_factory.mktemp("demo") / "music")


@pytest.fixture(scope="session")
def real_music(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """Give the folder that ``benchmarks/real_music.py`` built, or one like it with minutes in place of hours."""
    if (folder := folder_of(MUSIC)) is not None:
        return folder
    albums = needed(ALBUMS)
    shared = tmp_path_factory.getbasetemp()
    if worker_id != "master":
        shared = shared.parent
    small = shared / "real music"
    small.mkdir(exist_ok=True)
    with one_at_a_time(shared / "building"):
        return make_small_music(albums, small)


@pytest.fixture(scope="session")
def odd_files() -> Path:
    """Give a folder of odd and damaged audio files."""
    return needed(ODD_FILES)
