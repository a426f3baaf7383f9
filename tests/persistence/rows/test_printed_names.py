import pytest

from passagework.domain.tags import Tags
from passagework.domain.views import Named
from passagework.persistence.rows.json_texts import encode_fields
from passagework.persistence.rows.printed_names import is_named_by_file, shown_artists

A, B, C = (f"{number}0b8d9c5-3a0b-4b0a-9a2e-3f3b8f0b8a11" for number in (1, 2, 3))


def artists(tags, *linked, by_file=True):
    """Return what is shown as pairs of name and MBID."""
    found = shown_artists(linked, tags.artist_credit, encode_fields(tags), named_by_file=by_file)
    return [(one.name, one.mbid) for one in found]


@pytest.mark.parametrize(
    ("tags", "shown"),
    [
        (Tags(artist_credit="One & Two", artists=("One", "Two")), ["One", "Two"]),
        (Tags(artist_credit="One & Two"), ["One & Two"]),
        (Tags(artist_credit=""), []),
        (Tags(title="North"), []),
    ],
)
def test_without_links_the_artists_are_the_single_ones_of_the_tags_or_else_the_credit(tags, shown):
    assert artists(tags, by_file=False) == [(name, None) for name in shown]
    assert shown_artists((), None, None, named_by_file=False) == ()


@pytest.mark.parametrize(
    ("credit", "names", "ids", "shown"),
    [
        ("Jay", (), (A,), [("Jay", A)]),
        ("Jay & Bee", ("Jay", "Bee"), (A, B), [("Jay", A), ("Bee", B)]),
        ("Jay feat. Bee", (), (A, B), [("Jay feat. Bee", None)]),
        ("Jay & Bee with Cee", (), (A, B, C), [("Jay & Bee with Cee", None)]),
        ("Jay feat. Bee", ("Jay", "Bee"), (A,), [("Jay feat. Bee", None)]),
        ("Jay feat. Bee", (), (A,), [("Jay feat. Bee", None)]),
        ("Jay & Bee", (), (A,), [("Jay & Bee", A)]),
    ],
)
def test_the_printed_credit_is_split_only_where_there_is_an_mbid_for_each_name(credit, names, ids, shown):
    tags = Tags(artist_credit=credit, artists=names, artist_ids=ids)
    for known in (None, "As elsewhere"):
        assert artists(tags, *(Named(known, mbid) for mbid in ids)) == shown


def test_names_that_a_person_or_another_source_gives_go_before_the_print():
    tags = Tags(artist_credit="Jai", artist_ids=(A,))
    assert artists(tags, Named("Jay", A), by_file=False) == [("Jay", A)]
    assert artists(tags, Named("Mine", A, set_by_user=True)) == [("Mine", A)]


def test_nobody_is_shown_as_nothing():
    tags = Tags(artist_credit="Jay feat. Bee", artist_ids=(A, B))
    assert artists(tags, Named("Mine", A, set_by_user=True), Named(None, B)) == [("Jay feat. Bee", None)]
    assert artists(tags, Named("Jay", A), Named(None, B), by_file=False) == [("Jay feat. Bee", None)]
    assert artists(Tags(), Named("Jay", A), Named(None, B)) == [("Jay", A)]


def test_a_passage_is_named_by_its_file_if_its_tags_alone_name_its_one_song():
    fields = encode_fields(Tags(recording_ids=(A,)))
    assert is_named_by_file([Named("Song", A)], fields, elsewhere=False)
    assert not is_named_by_file([Named("Song", A)], fields, elsewhere=True)
    assert not is_named_by_file([Named("Song", B)], fields, elsewhere=False)
    assert not is_named_by_file([Named("Song", A), Named("Song", B)], fields, elsewhere=False)
    assert not is_named_by_file([], fields, elsewhere=False)
    assert not is_named_by_file([Named("Song", A)], None, elsewhere=False)
