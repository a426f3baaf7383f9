"""The flavor of passages below the picture of their file."""

from dataclasses import replace

import pytest

from passagework.domain.flavor.values import NOTHING_HEARD, Flavor, FlavorLevel
from passagework.drawing.file_picture import file_picture
from passagework.drawing.flavor_shapes import MOST_ROWS
from passagework.drawing.layout import HEIGHT, LEVELS
from passagework.drawing.passage_shapes import passage_colour
from passagework.drawing.png import to_png
from passagework.drawing.shapes import Area, Text
from passagework.drawing.svg import to_svg
from tests.cli.test_plot_drawing import curves, passage

GROUPS = (
    ("mode", (("major", 0.8), ("minor", 0.2))),
    ("pulse", (("beat", 0.5), ("no beat", 0.5))),
    ("tempo", (("80", 0.7), ("90", 0.3))),
    ("key", (("C major", 0.3), ("A minor", 0.6), ("D minor", 0.1))),
)
FLAVOR = Flavor(level=FlavorLevel.BASIC, groups=GROUPS, seconds=9.5, tempo=96.4)


def several(count):
    return [replace(passage(10 * n, 10 * n + 9), guid=f"guid {n}") for n in range(count)]


def drawn(passages, flavors):
    return file_picture("name", curves(10 * len(passages), *passages), flavors)


def below(picture, kind):
    return [one for one in picture.shapes if isinstance(one, kind) and top_of(one) > HEIGHT]


def top_of(shape):
    return shape.at[1] if isinstance(shape, Text) else max(y for _, y in shape.outline)


def test_each_share_is_a_bar_as_tall_as_its_part_of_the_largest_one_of_its_characteristic():
    picture = drawn(several(1), {"guid 0": FLAVOR})
    bars = below(picture, Area)
    heights = [max(y for _, y in bar.outline) - min(y for _, y in bar.outline) for bar in bars]
    assert heights == pytest.approx(
        [34, 34 * 0.2 / 0.8, 34, 34, 34, 34 * 0.3 / 0.7, 34 * 0.3 / 0.6, 34, 34 * 0.1 / 0.6]
    )
    assert {bar.paint.colour for bar in bars} == {passage_colour(0)}
    lefts = [min(x for x, _ in bar.outline) for bar in bars]
    assert lefts == sorted(lefts)
    assert lefts[0] == LEVELS.left


def test_a_row_says_tempo_and_key_with_their_uncertainty_and_names_the_characteristics():
    texts = [text.content for text in below(drawn(several(1), {"guid 0": FLAVOR}), Text)]
    assert texts == ["1 Title: about 96 BPM, or half or double, A minor", "mode", "pulse", "tempo", "key"]


def test_a_passage_of_which_nothing_was_heard_has_no_row():
    picture = drawn(several(3), {"guid 0": FLAVOR, "guid 1": NOTHING_HEARD})
    assert [text.content[0] for text in below(picture, Text)] == ["1", "m", "p", "t", "k"]
    assert drawn(several(3), {}).height == HEIGHT


def test_rows_make_the_picture_taller_up_to_a_limit_and_all_of_it_is_inside():
    many = several(MOST_ROWS + 3)
    picture = drawn(many, {one.guid: FLAVOR for one in many})
    rows = [text for text in below(picture, Text) if "Title" in text.content]
    assert len(rows) == MOST_ROWS
    assert max(map(top_of, below(picture, Text))) < picture.height
    assert drawn(several(1), {"guid 0": FLAVOR}).height < picture.height


@pytest.mark.parametrize("write", [to_svg, to_png])
def test_many_characteristics_with_hostile_names_stay_inside_of_the_picture(write):
    groups = tuple((f"g\x1b{n}<", tuple((f"m{m}", 0.05) for m in range(20))) for n in range(12))
    picture = drawn(several(1), {"guid 0": replace(FLAVOR, groups=groups)})
    assert max(x for bar in below(picture, Area) for x, _ in bar.outline) <= LEVELS.right
    assert write(picture)
