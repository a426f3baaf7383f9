"""``passagework list`` with a filter, an order, and pages."""

import pytest
from click.testing import CliRunner

from passagework import Library, PassageFilter
from passagework.cli.group import cli
from passagework.domain.tags import Tags
from passagework.persistence.write.opening import open_writer
from tests.support.library import Maker, OpenedLibrary


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    found = tmp_path_factory.mktemp("listed") / "l.passages"
    open_writer(found).close()
    library = OpenedLibrary(found, "normal")
    library.new_run()
    for name, artist, seconds in (("a", "The Öwls", 30), ("b", "The Owls", 90), ("c", "Someone", 200)):
        tags = Tags(title=name.upper(), artist_credit=artist, album="Night Lines")
        library.write(
            Maker.store(library.run, f"/m/{name}.flac".encode(), ((0, seconds),), tags=tags, audio=name.encode())
        )
    library.close()
    return found


@pytest.fixture
def listed(path):
    def run(*options):
        result = CliRunner().invoke(cli, ["list", "--library", str(path), *options])
        error = result.exception
        code = int(getattr(error, "exit_code", result.exit_code))
        err = result.stderr or str(error)
        return code, [line.rpartition("/")[2][0] for line in result.stdout.splitlines()], err if code else result.stderr

    return run


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (["--artist", "the owls"], "ab"),
        (["--longer-than", "1:30"], "bc"),
        (["--shorter-than", "89.5"], "a"),
        (["--album", "NIGHT LINES", "--order", "length", "--reverse"], "cba"),
        (["--order", "title", "owls"], "ab"),
        (["--changed-since", "0"], "abc"),
        (["--changed-since", "2000-01-01T00:00Z", "--louder-than", "-14", "--quieter-than", "-14"], "abc"),
        (["--order", "newest", "--limit", "2"], "cb"),
    ],
    ids=str,
)
def test_options_say_which_passages_and_in_which_order(listed, options, names):
    code, found, _ = listed(*options)
    assert (code, "".join(found)) == (0, names)


def test_a_list_goes_on_where_its_limit_has_cut_it(listed):
    _, first, err = listed("--limit", "2")
    option, place = err.split()
    assert option == "--after"
    assert listed("--limit", "2", "--after", place) == (0, ["c"], "")
    assert first == ["a", "b"]
    code, found, err = listed("--limit", "2", "--after", place, "--reverse")
    assert (code, found) == (2, [])
    assert "after is of another list" in err


def test_only_their_number_is_printed(listed):
    assert listed("--count", "--artist", "The Owls") == (0, ["2"], "")


@pytest.mark.parametrize(
    "wrong",
    [
        ["--louder-than", "nan"],
        ["--louder-than", "-5", "--quieter-than", "-6"],
        ["--longer-than", "long"],
        ["--changed-since", "yesterday"],
        ["--changed-since", "9" * 400],
        ["--near", "05e90c6b"],
        ["--after", "x"],
        ["--limit", "0"],
        ["--failed", "--count"],
        ["--artist", ""],
        ["--count", "--best-only"],
    ],
    ids=str,
)
def test_what_cannot_be_asked_for_is_refused(listed, wrong):
    code, found, err = listed(*wrong)
    assert (code, found) == (2, [])
    assert err


def test_nothing_is_found_with_a_code_of_its_own(listed):
    assert listed("--artist", "Nobody") == (4, [], "nothing found\n")


def test_what_cannot_be_played_is_asked_for_by_its_reason(listed):
    code, found, _ = listed("--because", "missing")
    assert (code, found) == (4, [])


def test_a_host_gets_the_same_pages(path):
    with Library.open(path) as library:
        wanted = PassageFilter(artist="The Owls")
        one = library.passages_page(wanted, limit=1)
        two = library.passages_page(wanted, limit=1, after=one.next)
        whole = [view.guid for view in library.passages(wanted=wanted, order="path")]
        assert [view.guid for page in (one, two) for view in page.passages] == whole
        assert two.next is None
        assert library.count(wanted) == library.count(artist="the owls") == 2
        assert [view.guid for view in library.passages(artist="The Owls", leave_out="audio")] == whole
