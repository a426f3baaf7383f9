"""From settings to rules: every value arrives where it belongs. All are distinct, so that two that are swapped show."""

import dataclasses
from datetime import time
from pathlib import Path

import pytest

from passagework import Settings, load_settings
from passagework.actors.analyzer.analyzer import DeadlineRules
from passagework.actors.scanner.plan import Extensions
from passagework.actors.scanner.walk import ScanRules
from passagework.actors.session.parts import SessionRules
from passagework.actors.system import LookupRules, SystemRules
from passagework.actors.writer.flush_policy import FlushRules
from passagework.api.possible_flavor import with_possible_flavor
from passagework.api.rules import executor_rules, follow_rules, system_rules
from passagework.audio.flavor import model_files
from passagework.audio.flavor.model_files import NoNets
from passagework.audio.sniff import AUDIO_EXTENSIONS, NEVER_AUDIO_EXTENSIONS, VIDEO_EXTENSIONS
from passagework.config.problems import all_keys
from passagework.domain.analysis_rules import AnalysisRules, CueRules, RulesBelow, SegmentationRules, TagRules
from passagework.domain.executor_choice import InProcesses, OnDask
from passagework.domain.extensions import ExtensionId
from passagework.domain.flavor.values import FlavorLevel
from passagework.domain.parts import Refresh, RefreshRules
from passagework.domain.schedule import Schedule
from passagework.lookup.acoustid.transport import AcoustidSettings
from passagework.lookup.musicbrainz.transport import MusicBrainzSettings
from passagework.lookup.stored_form import AnswerAges
from passagework.watching.follower import FollowRules
from passagework.workers.maker import ExecutorRules
from passagework.workers.root_map import RootMap

MIB = 2**20


READ_ELSEWHERE = {
    "profile": "the layers of the settings",
    "library.synchronous": "the importer, when it opens the library",
    "library.check": "the importer, when it opens the library",
    "library.replicated": "the importer, when it opens the library",
    "library.keep_runs": "the importer, when it opens the library",
    "library.socket": "the importer, which then has a door",
    "scan.roots": "the importer, when a run is started without roots",
    "scan.every": "below",
    "scan.at": "below",
    "watch.follow": "below",
    "watch.debounce_seconds": "below",
    "watch.rest_seconds": "below",
    "watch.poll_seconds": "below",
    "acoustid.enabled": "below",
    "musicbrainz.enabled": "below",
    "analysis.executor": "below",
    "analysis.roots": "below",
    "loudness.mono": "the commands that show gains and export",
    "play.song_cooldown": "next, by api/play_rules.py",
    "play.song_ramp": "next, by api/play_rules.py",
    "play.artist_cooldown": "next, by api/play_rules.py",
    "play.artist_ramp": "next, by api/play_rules.py",
    "play.work_cooldown": "next, by api/play_rules.py",
    "play.work_ramp": "next, by api/play_rules.py",
    "play.target_lufs": "next, by api/play_rules.py",
    **dict.fromkeys(
        (
            *("serve.host", "serve.port", "serve.socket", "serve.socket_mode", "serve.hosts", "serve.token_file"),
            *("serve.connections", "serve.streams", "serve.access_log"),
        ),
        "the service",
    ),
    "extensions.evidence": "the importer, by api/chosen_extensions.py",
    "extensions.listeners": "the importer, by api/extension_listeners.py",
    "duplicates.leave_out": "the commands that list and export",
    "log.level": "the command line",
    "log.format": "the command line",
    "log.file": "the command line",
    **dict.fromkeys(
        (
            *("serve.host", "serve.port", "serve.socket", "serve.socket_mode", "serve.hosts", "serve.token_file"),
            *("serve.connections", "serve.streams", "serve.access_log"),
        ),
        "the service",
    ),
}
"""Keys that are no rule of an actor or worker, with who reads them."""


def settings_with(*, yes, **more):
    """Give settings that differ from every default; ``yes`` says which half of the switches is on."""
    return load_settings(overrides=values_given(yes=yes) | more)


def values_given(*, yes):
    return {
        "library.path": "/somewhere/music.passages",
        "scan.include": '["*.flac"]',
        "scan.exclude": '["Live/*"]',
        "scan.follow_symlinks": str(yes).lower(),
        "scan.hidden": str(not yes).lower(),
        "scan.video": str(yes).lower(),
        "scan.refresh": "idle",
        "scan.folders": '[{path = "/music/tapes", profile = "cassette"}]',
        "segmentation.silence_drop": "51.0",
        "segmentation.shortest_gap": "1.5",
        "segmentation.shortest_sound": "0.7",
        "segmentation.shortest_passage": "9.5",
        "segmentation.trim": str(yes).lower(),
        "cues.lead_drop": "14.0",
        "cues.quick_ramp": "0.35",
        "cues.longest_lead": "17.0",
        "tags.artist_delimiters": '["; "]',
        "tags.artist_exceptions": '["A; B"]',
        "analysis.true_peak": str(yes).lower(),
        "analysis.fingerprint": str(not yes).lower(),
        "flavor.level": "off",
        "extensions.measures": '["crest==1.0"]',
        "analysis.deadline_seconds": "61.0",
        "analysis.deadline_factor": "0.75",
        "analysis.workers": "5",
        "analysis.memory_mb": "2048",
        "analysis.priority": "idle",
        "link.enabled": str(not yes).lower(),
        "session.credits": "77",
        "session.max_attempts": "6",
        "batch.linger_ms": "250",
        "batch.max_files": "42",
        "batch.max_bytes_mb": "9",
        "identification.works": str(yes).lower(),
        "identification.answers_days": "91.0",
        "identification.no_match_days": "31.0",
        "identification.gate_folder": "/somewhere/gates",
        "acoustid.key": "mine",
        "acoustid.url": "http://sound.example",
        "acoustid.batch": "11",
        "acoustid.per_second": "2.5",
        "acoustid.timeout_seconds": "12.0",
        "musicbrainz.url": "http://names.example",
        "musicbrainz.path": "/ws/3",
        "musicbrainz.per_second": "3.5",
        "musicbrainz.contact": "me@example.org",
        "musicbrainz.search": str(not yes).lower(),
        "musicbrainz.timeout_seconds": "13.0",
    }


def of_tapes(*, yes):
    """Give the rules of a folder: what its profile says of cuts goes before what is set, all else is as it is set."""
    rules = AnalysisRules(
        segmentation=SegmentationRules(
            silence_drop=51.0, shortest_gap=1.0, shortest_sound=0.5, shortest_passage=30.0, trim=yes
        ),
        cues=CueRules(lead_drop=14.0, quick_ramp=0.35, longest_lead=17.0),
        tags=TagRules(artist_delimiters=("; ",), artist_exceptions=("A; B",)),
        true_peak=yes,
        fingerprint=not yes,
        flavor=FlavorLevel.OFF,
        video=yes,
        extensions=(ExtensionId("crest", "1.0"),),
    )
    profile = {
        "segmentation.shortest_gap": "1.0",
        "segmentation.shortest_sound": "0.5",
        "segmentation.shortest_passage": "30.0",
    }
    return RulesBelow(b"/music/tapes", rules, settings_with(yes=yes, **profile).provenance.text)


def expected(*, yes):
    return SystemRules(
        scan=ScanRules(include=("*.flac",), exclude=("Live/*",), follow_symlinks=yes, hidden=not yes),
        analysis=AnalysisRules(
            segmentation=SegmentationRules(
                silence_drop=51.0, shortest_gap=1.5, shortest_sound=0.7, shortest_passage=9.5, trim=yes
            ),
            cues=CueRules(lead_drop=14.0, quick_ramp=0.35, longest_lead=17.0),
            tags=TagRules(artist_delimiters=("; ",), artist_exceptions=("A; B",)),
            true_peak=yes,
            fingerprint=not yes,
            flavor=FlavorLevel.OFF,
            video=yes,
            extensions=(ExtensionId("crest", "1.0"),),
        ),
        folders=(of_tapes(yes=yes),),
        session=SessionRules(credits=77, max_attempts=6),
        flush=FlushRules(linger_seconds=0.25, max_messages=42, max_bytes=9 * MIB),
        deadlines=DeadlineRules(seconds=61.0, factor=0.75),
        lookup=LookupRules(
            acoustid=AcoustidSettings(key="mine", base_url="http://sound.example/v2/", timeout_seconds=12.0, batch=11),
            acoustid_per_second=2.5,
            musicbrainz=MusicBrainzSettings(
                base_url="http://names.example",
                path="/ws/3",
                per_second=3.5,
                contact="me@example.org",
                timeout_seconds=13.0,
            ),
            search=not yes,
            works=yes,
            ages=AnswerAges(answer_days=91.0, no_match_days=31.0),
            gate_folder=Path("/somewhere/gates"),
        ),
        link=not yes,
        refresh=RefreshRules(when=Refresh.IDLE, now=settings_with(yes=yes).wanted),
    )


def values_of(rules, name=""):
    """Give every value of rules within rules, with its name."""
    if not dataclasses.is_dataclass(rules):
        yield name, rules
        return
    for field in dataclasses.fields(rules):
        yield from values_of(getattr(rules, field.name), f"{name}.{field.name}")


@pytest.mark.parametrize("yes", [True, False])
def test_every_setting_arrives_in_its_rule(yes):
    assert system_rules(settings_with(yes=yes)) == expected(yes=yes)


def test_no_two_values_of_the_contract_are_alike_and_none_is_the_default():
    values = [(name, value) for name, value in values_of(expected(yes=True)) if not isinstance(value, bool)]
    defaults = dict(values_of(SystemRules()))
    # The window is asked of the executor while a run is under way, and no setting names a source of evidence, or what
    # is left out.
    own = [name for name, value in values if defaults.get(name) == value]
    assert own == [".analysis.left_out", ".session.window", ".lookup.sources"]
    of_settings = [value for name, value in values if name not in own]
    assert len(set(of_settings)) == len(of_settings)


def test_every_key_is_given_above_or_read_elsewhere():
    assert {*values_given(yes=True), *READ_ELSEWHERE} == set(all_keys(Settings))


def test_a_watch_gets_what_is_set_for_it():
    more = {
        "scan.every": "1h30m",
        "scan.at": "03:05",
        "watch.follow": "poll",
        "watch.debounce_seconds": "3.5",
        "watch.rest_seconds": "11.5",
        "watch.poll_seconds": "301.5",
    }
    settings = settings_with(yes=True, **more)
    assert follow_rules(settings) == FollowRules(
        scan=system_rules(settings).scan,
        extensions=Extensions(audio=AUDIO_EXTENSIONS, never=NEVER_AUDIO_EXTENSIONS - VIDEO_EXTENSIONS),
        library=b"/somewhere/music.passages",
        follow="poll",
        debounce_seconds=3.5,
        rest_seconds=11.5,
        poll_seconds=301.5,
        schedule=Schedule(every=5_400.0, at=time(3, 5)),
    )


@pytest.mark.parametrize(("workers", "fixed"), [("5", True), ("0", False)])
def test_the_executor_gets_what_is_set_for_it(workers, fixed):
    settings = settings_with(yes=True, **{"analysis.workers": workers})
    assert executor_rules(settings) == ExecutorRules(
        choice=InProcesses(),
        worker_count=settings.analysis.worker_count,
        fixed_worker_count=fixed,
        priority="idle",
        memory_mb=2048,
        roots=RootMap(),
        extensions=(ExtensionId("crest", "1.0"),),
    )
    assert settings.analysis.worker_count == (5 if fixed else settings.analysis.worker_count)


def test_a_cluster_gets_the_folders_under_their_names_there():
    more = {"analysis.executor": "dask:127.0.0.1:8786", "analysis.roots": '{"/ours" = "/theirs"}'}
    rules = executor_rules(settings_with(yes=True, **more))
    assert isinstance(rules.choice, OnDask)
    assert rules.roots == RootMap(((b"/ours", b"/theirs"),))


@pytest.mark.parametrize("service", ["acoustid", "musicbrainz"])
def test_a_service_that_is_switched_off_is_not_asked(service):
    rules = system_rules(settings_with(yes=True, **{f"{service}.enabled": "false"}))
    assert service not in rules.lookup.services
    assert len(rules.lookup.services) == 1


@pytest.mark.parametrize("level", ["off", "basic", "full"])
def test_workers_have_the_nets_where_all_of_the_flavor_is_wanted(level):
    assert executor_rules(settings_with(yes=True, **{"flavor.level": level})).nets == (level == "full")


def test_without_nets_an_import_hears_with_basic_and_says_why(monkeypatch):
    monkeypatch.setattr(model_files, "installed_nets", lambda: NoNets("none here", installed=False))
    full = settings_with(yes=True, **{"flavor.level": "full"})
    settings, why = with_possible_flavor(full)
    assert (settings.flavor.level, why) == ("full-without-nets", "none here")
    assert settings == full.model_copy(update={"flavor": settings.flavor})
    assert not executor_rules(settings).nets


@pytest.mark.parametrize("level", ["off", "basic"])
def test_nothing_looks_for_nets_that_are_not_wanted(level, monkeypatch):
    monkeypatch.setattr(model_files, "installed_nets", None)
    settings = settings_with(yes=True, **{"flavor.level": level})
    assert with_possible_flavor(settings) == (settings, None)
