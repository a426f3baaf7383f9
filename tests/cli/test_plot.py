"""``passagework plot``, on a real library."""

import re
import shutil
import xml.etree.ElementTree as ET

import pytest
from PIL import Image, ImageColor

from passagework import Importer, InlineExecutor, load_settings
from passagework.demo.composition import compose
from passagework.demo.encoding import AudioForm, write_audio
from passagework.demo.synthesis import join, silence
from passagework.demo.tagging import write_tags
from passagework.domain.errors import LibraryError, NotFoundError
from passagework.domain.tags import Tags
from passagework.drawing.layout import BACKGROUND, COLOURS, HEIGHT, LABELS, WAVEFORM, WIDTH
from passagework.drawing.shapes import Paint

RATE = 22_050
TITLE = '</text><script>alert("x")</script> & \x07\x1b[31m\u202e' + "W" * 3_000


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="session")
def side(tmp_path_factory):
    """Give a file of 30 s, two passages of 10 s and 8 s with 12 s between them, under a hostile title, imported."""
    folder = tmp_path_factory.mktemp("plot")
    music = folder / "music" / "A & B <side>.flac"
    music.parent.mkdir()
    write_audio(
        music,
        join(compose(10 * RATE, RATE, 1), silence(12 * RATE, 2), compose(8 * RATE, RATE, 2)),
        RATE,
        AudioForm.FLAC,
    )
    write_tags(music, Tags(title=TITLE, artist_credit="S\u00e5ng & \u97f3\u697d"))
    library = folder / "plot.passages"
    with Importer(load_settings(overrides={"library.path": str(library)}), make_executor=InlineExecutor) as importer:
        assert importer.start([music.parent]).wait(60).summary.analysed == 1
    return library, music


@pytest.fixture
def plot(run, side):
    """Give a function that plots a file, by default the side."""
    library, music = side
    return lambda *options, file=music, **more: run("plot", "--library", library, *options, file, **more)


def words_of(svg):
    return [element.text for element in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def x_of(second):
    return WAVEFORM.left + (WAVEFORM.right - WAVEFORM.left) * second / 30


def rgb(paint):
    return ImageColor.getrgb(paint.colour)


@pytest.mark.slow
def test_the_picture_goes_into_the_current_folder_under_the_name_of_the_file(plot, here):
    done = plot()
    assert [path.name for path in here.iterdir()] == ["A & B <side>.svg"]
    assert done.output == "wrote A & B <side>.svg\n"


def test_an_svg_says_what_the_passages_are_and_where(plot, here):
    plot("-o", "side.svg")
    words = words_of((here / "side.svg").read_bytes())
    assert words[0] == "A & B <side>.flac"
    assert "2 passages" in words[1]
    assert sum(bool(re.fullmatch("0:00.000 \u2013 0:10.0[012].", word)) for word in words) == 1
    assert sum(bool(re.fullmatch("0:2(1.9|2.0).. \u2013 0:30.000", word)) for word in words) == 1
    assert "S\u00e5ng & \u97f3\u697d" in words
    assert sum(bool(re.fullmatch("\u2212\\d+\\.\\d LUFS", word)) for word in words) == 2


def test_a_hostile_title_stays_text(plot, here):
    plot("-o", "side.svg")
    picture = ET.fromstring((here / "side.svg").read_bytes())
    assert {element.tag.rpartition("}")[2] for element in picture.iter()} == {"svg", "title", "rect", "path", "text"}
    titles = [word for word in words_of((here / "side.svg").read_bytes()) if "script" in word]
    in_labels, in_rows = titles[:2], titles[2:]
    assert len(in_labels) == len(in_rows) == 2
    assert all(title.isprintable() and len(title) < 60 for title in in_labels)
    assert all(title.isprintable() and len(title) < 200 for title in in_rows)


@pytest.mark.slow
def test_a_png_shows_each_passage_in_its_colour_and_nothing_between(plot, here):
    plot("-o", "side.png")
    with Image.open(here / "side.png") as image:
        assert image.width == 2 * WIDTH
        assert image.height > 2 * HEIGHT, "the flavor of both passages is below"
        bar = [image.getpixel((2 * x_of(second), 2 * LABELS.top + 2)) for second in (1, 9.8, 10.2, 21.8, 22.2, 29.8)]
        middle = WAVEFORM.top + WAVEFORM.bottom
        wave = [image.getpixel((2 * x_of(second), middle)) for second in (5, 25)]
    first, second = rgb(Paint(COLOURS[0])), rgb(Paint(COLOURS[1]))
    assert bar == [first, first, rgb(BACKGROUND), rgb(BACKGROUND), second, second]
    assert wave == [first, second]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["side.svg", "side.PNG"])
def test_equal_pictures_have_equal_bytes(plot, here, name):
    plot("-o", name)
    (here / name).rename(here / "first")
    plot("-o", name)
    assert (here / name).read_bytes() == (here / "first").read_bytes()


def test_nothing_is_overwritten_unless_that_is_asked_for(plot, here):
    (here / "side.svg").write_text("a drawing of mine")
    refused = plot("-o", "side.svg", expect=1).exception
    assert (refused.code, refused.exit_code) == ("output-file", 2)
    assert "side.svg exists; --force overwrites it" in str(refused)
    assert (here / "side.svg").read_text() == "a drawing of mine"
    plot("--force", "-o", "side.svg")
    assert (here / "side.svg").read_bytes().startswith(b"<?xml")


@pytest.mark.parametrize("name", ["side.jpg", "side", ".svg"])
def test_other_formats_are_refused_before_anything_is_read(plot, here, name):
    assert "the picture can be an .svg or a .png" in plot("-o", name, expect=2).output
    assert not any(here.iterdir())


def test_a_place_that_cannot_be_written_is_said_in_one_line(plot):
    assert "No such file or directory; -o names another file" in str(plot("-o", "no/such/side.svg", expect=1).exception)


def test_a_file_that_the_library_does_not_know_cannot_be_drawn(plot, here):
    assert isinstance(plot(file="other.flac", expect=1).exception, NotFoundError)
    assert not any(here.iterdir())


def test_a_picture_needs_a_library(run, here):
    failed = run("plot", "--library", here / "none.passages", "x.flac", expect=1)
    assert isinstance(failed.exception, LibraryError)
    assert not any(here.iterdir())


def test_the_file_itself_is_not_needed_any_more(plot, here, side):
    _, music = side
    aside = here / "aside"
    shutil.move(music, aside)
    try:
        plot("-o", "side.svg")
    finally:
        shutil.move(aside, music)
    assert (here / "side.svg").exists()
