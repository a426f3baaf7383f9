"""What a person sees while a library of an older schema is brought up to date."""

import gzip
import threading
from pathlib import Path

import pytest

from passagework import Importer, load_settings
from passagework.cli.output.update_view import show_update
from passagework.domain.library_update import LibraryUpdate, UpdateStage


def test_it_says_what_is_done_and_how_far_it_is_at_most_every_two_seconds(capsys):
    now = 0.0
    show = show_update(lambda: now)
    for stage, seconds in zip(UpdateStage, (0.5, 1.9, 4.0, 5.0, 2.1), strict=True):
        for done in (10, 20):
            show(LibraryUpdate(6, 8, stage, 0 if stage is UpdateStage.CHECK_BACKUP else done, 80 if done == 20 else 0))
            now += seconds
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        "the library is brought up to date, from schema 6 to 8; an interruption does no harm",
        "  reading the backup, 0 %",
        "  converting, 25 %",
        "  tidying up",
        "  tidying up, 25 %",
        "  making the search index",
        "  making the search index, 25 %",
    ]


@pytest.mark.slow
def test_commands_say_it_and_hosts_hear_it_in_their_own_thread(run, tmp_path):
    stored = Path(__file__).parents[1] / "persistence" / "released" / "schema-7.passages.gz"
    library = tmp_path / "old.passages"
    library.write_bytes(gzip.decompress(stored.read_bytes()))
    said = run("undo", "--library", library, "6").stderr
    assert said.splitlines()[0].startswith("the library is brought up to date, from schema 7 to ")
    assert run("undo", "--library", library, "5").stderr == ""
    library.write_bytes(gzip.decompress(stored.read_bytes()))
    heard = []
    settings = load_settings(overrides={"library.path": str(library)})
    Importer(settings, on_update=lambda update: heard.append((update.stage, threading.current_thread()))).close()
    assert {stage for stage, _ in heard} == set(UpdateStage)
    assert {thread for _, thread in heard} == {threading.current_thread()}
