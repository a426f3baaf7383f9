"""What an album becomes follows from its files, the answers and the decisions; never from their order."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from passagework.domain.analysis import Fingerprint
from passagework.domain.edits import Edit
from passagework.domain.identification.planning.capabilities import Capabilities
from passagework.domain.links import NO_RECORDING
from passagework.domain.tags import Tags
from passagework.persistence.user.edits import apply_edits
from tests.support.effort import examples
from tests.support.known_music import KnownMusic, import_into, recording, release
from tests.support.library import SECOND

LENGTH = 200
TRACKS = 4


def path_of(number):
    return b"/music/album/c%d.flac" % number


RECORDINGS = [
    recording(1 + 2 * track + version, f"Song {track}" + (" (live)" if version else ""), LENGTH + 7 * version)
    for track in range(TRACKS)
    for version in (0, 1)
]
"""Each track in two versions: one is the song, the other sounds like it."""

some = st.lists(st.sampled_from(RECORDINGS), min_size=1, max_size=TRACKS, unique=True)
albums = st.lists(st.tuples(some, st.integers(1, 3), st.booleans()), min_size=1, max_size=4).map(
    lambda drawn: [
        release(number, f"Album {group}", tracks, group=group, secondary=("Compilation",) if mixed else ())
        for number, (tracks, group, mixed) in enumerate(drawn, 1)
    ]
)


@st.composite
def known_music(draw):
    releases = draw(albums)
    there = [
        mbid
        for one in RECORDINGS
        if (mbid := one.mbid)
        in {track.recording.mbid for each in releases for medium in each.media for track in medium.tracks}
    ]
    heard = {f"c{n}": draw(st.lists(st.sampled_from(there), max_size=3, unique=True)) for n in range(TRACKS)}
    return KnownMusic(releases, heard)


decisions = st.dictionaries(st.integers(0, TRACKS - 1), st.sampled_from([NO_RECORDING, *(r.mbid for r in RECORDINGS)]))
services = st.builds(Capabilities, works=st.booleans(), search=st.booleans())


def arrive(library, make, number):
    """Store a track as the import does that finds it."""
    passage = make.passage(0, LENGTH, fingerprint=Fingerprint(f"c{number}", LENGTH * SECOND))
    library.write(make.store(library.run, path_of(number), passages=(passage,), tags=Tags()))


def decide(library, number, recording):
    (passage,) = library.passages(path_of(number))
    apply_edits(library.connection, [Edit(passage.guid, "recording", recording)], next(library.clock))


def state_of(library):
    """Everything that identification says of each passage, without the times at which it was said."""
    return [
        replace(passage, guid=None, own=(), retry_ns=None)
        for number in range(TRACKS)
        for passage in library.passages(path_of(number))
    ]


@st.composite
def courses(draw, decided):
    """Draw an order of tracks that arrive and of decisions about them, and after which of these there is an import."""
    steps = draw(st.permutations([*range(TRACKS), *decided]))
    # Of a track that is named twice, the first stands for its arrival.
    return [(number, number in steps[:place], draw(st.booleans())) for place, number in enumerate(steps)]


def follow(library, make, course, music, decided, capabilities):
    for number, is_there, then_import in course:
        if is_there:
            decide(library, number, decided[number])
        else:
            arrive(library, make, number)
        if then_import:
            import_into(library, music, capabilities)
    import_into(library, music, capabilities)


@pytest.mark.slow
@examples(25)
@given(music=known_music(), decided=decisions, capabilities=services, data=st.data())
def test_the_result_does_not_depend_on_the_order_and_the_grouping_of_files_decisions_and_imports(
    copies, empty_library, make, music, decided, capabilities, data
):
    results = []
    plainly = [
        (number, is_there, False) for is_there in (False, True) for number in (decided if is_there else range(TRACKS))
    ]
    for course in (plainly, data.draw(courses(sorted(decided)))):
        library = copies(empty_library)
        library.new_run()
        follow(library, make, course, music, decided, capabilities)
        results.append(state_of(library))
        library.close()
        library.path.unlink()
    assert results[0] == results[1]
