"""Every mistake is one line: the place, the key, what was expected, and a suggestion."""

import os
from pathlib import Path

import pydantic
import pytest

from passagework.config.sections import AcoustidSettings, BatchSettings, ScanSettings
from passagework.config.settings import Settings, load_settings
from passagework.domain.errors import ConfigError

PROFILES = "'none', 'archive', 'cassette', 'live', 'radio', 'speech' or 'vinyl'"


@pytest.fixture
def complaint(tmp_path):
    """Give the lines that a configuration earns, with FILE for its path."""

    def read(text="", overrides=None, environ=None, profile=None):
        path = tmp_path / "bad.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        with pytest.raises(ConfigError) as caught:
            load_settings(path, overrides, profile=profile, environ=environ or {})
        return str(caught.value).replace(str(path), "FILE").splitlines()

    return read


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[analysis]\nworker = 2", "FILE:2: analysis.worker is not a known key; did you mean analysis.workers?"),
        ("[link]\nworkers = 2", "FILE:2: link.workers is not a known key; did you mean analysis.workers?"),
        ("[link]\nxyzzy = 2", "FILE:2: link.xyzzy is not a known key; [link] has enabled"),
        ("[scna]\nroots = []", "FILE:1: scna is not a known section; did you mean [scan]?"),
        ("workers = 2", "FILE:1: workers is not a known key; did you mean analysis.workers?"),
        ("xyzzy = 2", "FILE:1: xyzzy is not a known key; 'passagework config show' lists all of them"),
        (
            "[[link]]\nenabled = true",
            "FILE:1: link is a section, not a value; its keys are link.enabled",
        ),
        (
            '[analysis]\nworkers = "2"',
            'FILE:2: analysis.workers must be a whole number, not "2"; write 2 without quotes',
        ),
        ("[analysis]\nworkers = 2.5", "FILE:2: analysis.workers must be a whole number, not 2.5"),
        ("[analysis]\nworkers = true", "FILE:2: analysis.workers must be a whole number, not true"),
        ("[analysis]\nworkers = -1", "FILE:2: analysis.workers must be at least 0, not -1"),
        (
            '[analysis]\ntrue_peak = "yes"',
            'FILE:2: analysis.true_peak must be true or false, not "yes"; write true without quotes',
        ),
        ("[analysis]\nmemory_mb = 4", "FILE:2: analysis.memory_mb must be 0 (no limit) or at least 128, not 4"),
        (
            '[analysis]\npriority = "Idel"',
            "FILE:2: analysis.priority must be 'normal', 'low' or 'idle', not \"Idel\"; did you mean \"idle\"?",
        ),
        (
            "[segmentation]\nsilence_drop = -45",
            "FILE:2: segmentation.silence_drop must be more than 0, not -45; did you mean 45?",
        ),
        ("[segmentation]\nshortest_gap = nan", "FILE:2: segmentation.shortest_gap must be a finite number, not nan"),
        ('[scan]\nroots = "music"', 'FILE:2: scan.roots must be a list, not "music"; write ["music"]'),
        ('[scan]\nroots = ["a", 3]', "FILE:2: scan.roots, entry 2, must be text with a path, not 3"),
        ('[scan]\ninclude = [""]', 'FILE:2: scan.include, entry 1, must not be empty, not ""'),
        ("[log]\nfile = 2020-01-01", "FILE:2: log.file must be text with a path, not 2020-01-01"),
        (
            'log = "x"',
            "FILE:1: log is a section, not a value; its keys are log.level, log.format, log.file",
        ),
        ("[scan.roots]\na = 1", "FILE:1: scan.roots must be a list, not a table"),
        (
            'analysis.executor = "dask:host"',
            'FILE:1: analysis.executor must name the scheduler as dask:HOST:PORT, not "dask:host"',
        ),
        (
            '[analysis]\nexecutor = "threads"',
            'FILE:2: analysis.executor must be process, inline, dask:HOST:PORT or module:name, not "threads"',
        ),
        (
            '[analysis]\nroots = {"/music" = "nas"}',
            "FILE:2: analysis.roots must hold absolute folders, ours = theirs, not a table",
        ),
        (
            'profile = "vinil"',
            f'FILE:1: profile must be {PROFILES}, not "vinil"; did you mean "vinyl"?',
        ),
    ],
)
def test_a_mistake_in_the_file_is_named_with_key_line_and_suggestion(complaint, text, line):
    assert complaint(text) == [line]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "[scan]\nroots = /music",
            'FILE:2: not valid TOML: invalid value: roots = /music; text needs quotes: roots = "/music"',
        ),
        (
            "a = 1\n\na = 2",
            "FILE:3: not valid TOML: cannot overwrite a value: a = …; each key and each section may occur only once",
        ),
        ("[log]\nfile = a@b", 'FILE:2: not valid TOML: invalid value: file = a@b; text needs quotes: file = "a@b"'),
        ("[scan\nhidden = true", "FILE:1: not valid TOML: expected ']' at the end of a table declaration: [scan"),
        ("[scan]\nroots = [\n'a'\n", "FILE:4: not valid TOML: unclosed array"),
        (b"[log]\n# \xe4\n", "FILE:2: not UTF-8; save the file with that encoding"),
        ("a = " + "[" * 5_000, "FILE: not valid TOML: lists or tables are nested too deeply"),
    ],
)
def test_a_file_that_is_not_toml_is_named_with_the_line_and_what_to_write(complaint, text, line):
    assert complaint(text) == [line]


def test_a_value_that_is_nested_too_deeply_is_no_value_of_its_key(complaint):
    (line,) = complaint("", {"analysis.workers": "[" * 5_000})
    assert "analysis.workers must be a whole number" in line


def test_a_backslash_gets_the_advice_that_fits(complaint):
    assert complaint('[scan]\nroots = ["C:\\Music"]')[0].endswith("write backslashes in single quotes: 'C:\\Music'")


def test_all_problems_of_all_sources_are_reported_in_the_order_of_the_file(complaint):
    lines = complaint(
        "workers = 1\n[log]\nlevl = 'x'\n[analysis]\nworkers = 'x'\n[batch]\nmax_files = 300\n[scan]\nhidden = 1\n",
        {"scan.rotos": "x"},
        {"PASSAGEWORK_LINK__ENABLED": "maybe"},
    )
    places = [line.split(": ")[0] for line in lines]
    assert places == [
        *("FILE:1", "FILE:3", "FILE:5", "FILE:9"),
        *("PASSAGEWORK_LINK__ENABLED", "--set scan.rotos=…"),
        "FILE:7",
    ]


def test_a_mistake_counts_even_where_another_source_overrides_it(complaint):
    assert complaint("[analysis]\nworkers = 'x'", {"analysis.workers": "2"})[0].startswith("FILE:2: analysis.workers")


def test_a_mistake_in_the_environment_names_the_variable_and_the_one_meant(complaint):
    assert complaint(environ={"PASSAGEWORK_ANALYSIS__WORKER": "1"}) == [
        "PASSAGEWORK_ANALYSIS__WORKER: analysis.worker is not a known key; did you mean PASSAGEWORK_ANALYSIS__WORKERS?"
    ]


def test_a_single_underscore_in_a_variable_is_not_ignored(complaint):
    assert complaint(environ={"PASSAGEWORK_ANALYSIS_WORKERS": "1"}) == [
        "PASSAGEWORK_ANALYSIS_WORKERS is not a known variable; did you mean PASSAGEWORK_ANALYSIS__WORKERS?"
    ]


def test_a_mistake_on_the_command_line_names_the_override(complaint):
    assert complaint(overrides={"batch.linger_ms": "soon"}) == [
        '--set batch.linger_ms=soon: batch.linger_ms must be a whole number, not "soon"'
    ]


SECRET = "hunter2"


@pytest.mark.parametrize(
    "given",
    [
        {"overrides": {"acoustid.kee": SECRET}},
        {"overrides": {"acoustid.Key": SECRET}},
        {"overrides": {"acoustid.key.it": SECRET}},
        {"overrides": {"musicbrainz.key": SECRET}},
        {"overrides": {"key": SECRET}},
        {"overrides": {"acoustid": f"{{kee = '{SECRET}'}}"}},
        {"overrides": {"acoustid": f"{{key = '{SECRET}', url = 5}}"}},
        {"environ": {"PASSAGEWORK_ACOUSTID__KEE": SECRET}},
        {"environ": {"PASSAGEWORK_ACOUSTID_KEY": SECRET}},
        {"text": f'[acoustid]\nkee = "{SECRET}"'},
        {"text": f"[acoustid]\nkee = {SECRET}"},
        {"text": f'acoustid = {{kee = "{SECRET}"'},
        {"text": f'acoustid = {{key = "{SECRET}", key = "{SECRET}"}}'},
        {"text": f'acoustid = "{SECRET}"'},
        {"text": f'acoustid.kee = "{SECRET}'},
        {"text": f'[acoustid]\n"key" = {SECRET}'},
        {"text": f'[acoustid]\nkey = ["{SECRET}"]'},
        {"text": f'[acoustid]\nkey = """\n{SECRET}'},
        {"text": f'[[acoustid]]\nkey = "{SECRET}"'},
        *(
            {"overrides": {"musicbrainz.url": url}}
            for url in (
                f"https://me:{SECRET}@example.org",
                f"https:/me:{SECRET}@example.org",
                f"me:{SECRET}@example.org",
                f"https://me:a {SECRET}/@x@example.org",
                f"https://example.org/?token={SECRET}",
                f"https://example.org:port#{SECRET}",
            )
        ),
        {"overrides": {"log.level": f"https://me:{SECRET}@example.org"}},
        {"text": f'[musicbrainz]\nurl = "https://me:{SECRET}@example.org"'},
        {"text": f"[musicbrainz]\nurl = https://me:{SECRET}@example.org"},
        {"text": f"[library]\npath = https://me:{SECRET}@example.org"},
    ],
)
def test_what_is_or_may_be_meant_as_a_secret_is_in_no_message(complaint, given):
    lines = complaint(**given)
    assert lines
    assert SECRET not in "".join(lines)


def test_what_is_no_secret_is_shown_so_that_a_person_finds_it(complaint):
    (line,) = complaint(overrides={"musicbrainz.url": "ftp://example.org"})
    assert line.startswith("--set musicbrainz.url=ftp://example.org: musicbrainz.url must be the address of a web")
    assert line.endswith(', such as https://example.org, not "ftp://example.org"')
    assert complaint(overrides={"musicbrainz.url": "https://me:x@example.org"}) == [
        "--set musicbrainz.url=…: musicbrainz.url must be the address of a web server, such as https://example.org"
    ]


def test_the_errors_of_settings_made_in_python_repeat_no_value():
    with pytest.raises(pydantic.ValidationError) as caught:
        AcoustidSettings(key=["hunter2"], url="https://me:hunter2@example.org")
    assert "hunter2" not in str(caught.value)


def test_text_cannot_smuggle_a_second_key_in(complaint):
    assert len(complaint(overrides={"analysis.workers": "1\nmemory_mb = 9999"})) >= 1


def test_an_unknown_profile_is_named_with_the_nearest(complaint):
    assert complaint(profile="vinil") == [
        f'--profile vinil: profile must be {PROFILES}, not "vinil"; did you mean "vinyl"?'
    ]


@pytest.mark.parametrize(
    ("text", "place", "keys"),
    [
        ("[batch]\nmax_files = 300", "FILE:2", ("batch.max_files (300)", "session.credits (128)")),
        ("[session]\ncredits = 10", "FILE:2", ("batch.max_files (64)", "session.credits (10)")),
        (
            "[batch]\nmax_files = 9\n[session]\ncredits = 8",
            "FILE:2 and FILE:4",
            ("batch.max_files (9)", "session.credits (8)"),
        ),
        (
            "[segmentation]\nshortest_passage = 0.2",
            "FILE:2",
            ("segmentation.shortest_passage (0.2 s)", "segmentation.shortest_sound (0.3 s)"),
        ),
        ("[cues]\nlongest_lead = 0.1", "FILE:2", ("cues.quick_ramp (0.25 s)", "cues.longest_lead (0.1 s)")),
        ("[library]\npath = '/x/y'\n[log]\nfile = '/x/y'", "FILE:4 and FILE:2", ("log.file", "library.path")),
        ("[scan]\ninclude = ['*.mp3']\nexclude = ['*.mp3']", "FILE:3 and FILE:2", ("scan.exclude", "scan.include")),
    ],
)
def test_an_impossible_combination_names_both_keys_and_the_places_that_set_them(complaint, text, place, keys):
    (line,) = complaint(text)
    assert line.startswith(f"{place}: ")
    for key in keys:
        assert key in line


def test_a_combination_across_sources_is_judged_by_what_is_in_force(tmp_path):
    path = tmp_path / "c.toml"
    path.write_text("[session]\ncredits = 10\n")
    settings = load_settings(path, environ={"PASSAGEWORK_BATCH__MAX_FILES": "8"})
    assert (settings.batch.max_files, settings.session.credits) == (8, 10)


def test_a_folder_in_place_of_a_file_is_said_so(tmp_path):
    with pytest.raises(ConfigError, match="cannot be read: Is a directory"):
        load_settings(tmp_path, environ={})


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read_is_said_so(tmp_path):
    path = tmp_path / "closed.toml"
    path.touch(mode=0)
    with pytest.raises(ConfigError, match="cannot be read: Permission denied"):
        load_settings(path, environ={})


def test_settings_made_in_python_are_checked_as_strictly():
    with pytest.raises(pydantic.ValidationError, match=r"larger than session\.credits"):
        Settings(batch=BatchSettings(max_files=500))
    with pytest.raises(pydantic.ValidationError, match="Extra inputs"):
        BatchSettings(max_fils=5)
    with pytest.raises(pydantic.ValidationError, match="frozen"):
        Settings().batch.max_files = 5


def test_settings_made_in_python_take_paths_as_objects_or_text(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert ScanSettings(roots=[Path("/a"), "b"]).roots == (Path("/a"), tmp_path / "b")
