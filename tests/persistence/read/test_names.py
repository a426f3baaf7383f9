"""The names under which a passage is shown, whoever gave them."""

from dataclasses import replace

import pytest

from passagework.domain.edits import Edit
from passagework.domain.given_cuts import PieceTags
from passagework.domain.music import Artist, ArtistCredit, Song, Work
from passagework.domain.tags import Tags
from passagework.domain.views import Named
from passagework.persistence.read.queries import ListPassages
from passagework.persistence.user.edits import apply_edits

PATH = b"/music/medley.flac"


@pytest.fixture
def medley(library, make):
    """A passage of two songs; the composer of the second wrote a work of the first, too."""

    def artist(number):
        return Artist(make.mbid(2, number), f"Artist {number}", 5)

    def song(number, artists, works):
        credits_ = tuple(ArtistCredit(artist(one), 1 / len(artists)) for one in artists)
        return Song(
            make.mbid(1, number),
            f"Song {number}",
            credits_,
            tuple(
                Work(make.mbid(3, work), f"Work {work}", tuple(map(artist, composers)), 5) for work, composers in works
            ),
            (),
            5,
        )

    library.write(make.store(library.run, PATH, ((0, 120),), tags=Tags(title="Tagged", composers=("Tag",))))
    (passage,) = library.passages(PATH)
    first = song(9, (31, 30), ((42, (52,)), (41, (51, 50))))
    second = song(8, (32, 31), ((40, (50,)), (41, (51, 50))))
    library.write(make.store_links(library.run, PATH, make.links(passage.guid, (first, second))))
    return library


def shown(library):
    (passage,) = library.passages(PATH)
    return passage


def test_works_and_composers_follow_the_songs_and_stand_there_once(medley, make):
    assert shown(medley).works == tuple(Named(f"Work {work}", make.mbid(3, work)) for work in (42, 41, 40))
    assert shown(medley).composers == tuple(Named(f"Artist {one}", make.mbid(2, one)) for one in (52, 51, 50))


def test_what_a_person_calls_a_work_or_a_composer_counts(medley, make):
    edits = (Edit(make.mbid(3, 41), "title", "My work"), Edit(make.mbid(2, 50), "name", "My composer"))
    apply_edits(medley.connection, edits, 1)
    assert shown(medley).works[1] == Named("My work", make.mbid(3, 41), set_by_user=True)
    assert shown(medley).composers[2] == Named("My composer", make.mbid(2, 50), set_by_user=True)


def test_a_passage_that_is_not_linked_has_the_composers_of_its_tags(library, make):
    library.write(make.store(library.run, PATH, tags=Tags(composers=("First", "Second"))))
    assert shown(library).composers == (Named("First", None), Named("Second", None))
    assert shown(library).works == ()


def test_what_is_said_of_a_piece_goes_before_the_tags_of_its_file(library, make):
    piece = PieceTags(track=3, title="North", performer="A. Singer")
    passages = (make.passage(0, 20, piece=piece), make.passage(20, 60))
    tags = Tags(title="All", artist_credit="Somebody", track_number=1)
    library.write(make.store(library.run, tags=tags, passages=passages))
    found = [(one.title.name, [artist.name for artist in one.artists], one.track) for one in library.passages()]
    assert found == [("North", ["A. Singer"], 3), ("All", ["Somebody"], 1)]


def test_an_album_without_a_name_has_that_of_the_tags(library, make):
    library.write(make.store(library.run, PATH, tags=Tags(album="Tagged")))
    (passage,) = library.passages(PATH)
    album = make.album(1, title=None)
    library.write(make.store_links(library.run, PATH, make.links(passage.guid, (make.song(1),), album)))
    assert shown(library).album == Named("Tagged", make.mbid(4, 1))


def test_without_evidence_a_passage_is_listed_with_none(medley):
    (listed,) = medley.ask(ListPassages(10, evidence=False))
    assert shown(medley).evidence
    assert listed == replace(shown(medley), evidence=())
