from passagework.domain.given_cuts import CutSource, GivenCuts
from passagework.domain.sheets.completed import completed
from passagework.domain.tags import Tags

SHEET = GivenCuts(
    source=CutSource.CUE_SHEET, pieces=(), album="Of the sheet", performer="Its band", date="1999-02", disc=3
)


def test_a_sheet_says_what_tags_lack():
    assert completed(Tags(title="One"), SHEET) == Tags(
        title="One",
        album="Of the sheet",
        artist_credit="Its band",
        album_artist_credit="Its band",
        date="1999-02",
        disc_number=3,
    )


def test_what_tags_say_stays():
    tags = Tags(album="A", artist_credit="B", album_artist_credit="C", date="1988", disc_number=1)
    assert completed(tags, SHEET) == tags
    assert completed(Tags(), None) == Tags()
