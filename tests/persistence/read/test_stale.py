"""Files with stale parts: which they are where folders are made otherwise, and what they may be redone from."""

from dataclasses import replace

from passagework.config.settings import load_settings
from passagework.domain.edits import Edit
from passagework.domain.given_cuts import CutSource, Given, GivenCuts, GivenPiece, write_bounds
from passagework.domain.parts import ANYTHING, Wanted
from passagework.domain.redone import StaleFile, StoredPassage
from passagework.persistence.read.queries import StaleFiles, StaleParts
from passagework.persistence.user.edits import apply_edits


def made(**changes):
    overrides = {key.replace("__", "."): value for key, value in changes.items()}
    return load_settings(overrides=overrides, environ={}).provenance


NOW, LIVE = made(), made(segmentation__trim="false")
WANTED = Wanted(NOW, ((b"/music/live", LIVE),))


def stale(library, wanted=WANTED, roots=(b"/music",)):
    return library.ask(StaleFiles(wanted, roots, ANYTHING, 0, 100))


def test_files_of_a_folder_that_is_made_otherwise_are_stale_where_they_are_not_made_like_that(library, make):
    files = [(b"/music/a", NOW), (b"/music/b", LIVE), (b"/music/live/c", NOW), (b"/music/live/d/e", LIVE)]
    library.write(*(replace(make.store(library.run, path), parts=one.text) for path, one in files))
    assert [one.path for one in stale(library)] == [b"/music/b", b"/music/live/c"]
    assert [one.path for one in stale(library, roots=(b"/music/live/d", b"/other"))] == []
    assert [library.ask(StaleParts(WANTED, roots)).files for roots in (None, (b"/music",), (b"/music/live",))] == [
        2,
        2,
        1,
    ]
    items = library.ask(StaleParts(WANTED, None)).items
    assert items
    assert {one.audio for one in items} == {2 * 60 * make.second}
    library.write(replace(make.store(library.run, b"/music/b"), parts=NOW.text))
    assert [(one.path, one.made) for one in stale(library)] == [(b"/music/live/c", NOW)]


def test_a_stale_file_comes_with_what_it_may_be_redone_from(library, make):
    path, piece = b"/music/a.flac", GivenPiece(start=0, title="One")
    said = GivenCuts(source=CutSource.CHAPTERS, pieces=(piece,), album="Album")
    library.write(replace(make.store(library.run, path, ((0, 20), (25, 60)), given=said), parts=LIVE.text))
    library.write(replace(make.store(library.run, path, ((25, 60),), given=said), parts=LIVE.text))
    bounds = write_bounds([GivenPiece(start=0, end=make.second)])
    assert stale(library)[0].given is None
    apply_edits(library.connection, [Edit(library.file(path).guid, "cuts", bounds)], 1)
    (found,) = stale(library)
    assert replace(found, weighted=None, packing=None) == StaleFile(
        id=1,
        path=path,
        stamp=make.stamp,
        made=LIVE,
        stale=LIVE.stale(NOW),
        samples=44_100 * 60,
        sample_rate=44_100,
        hop=441,
        doubtful_gaps=((7 * make.second, 9 * make.second),),
        passages=(StoredPassage(25 * make.second, 60 * make.second),),
        given=Given(bounds=bounds),
        said=said,
    )
