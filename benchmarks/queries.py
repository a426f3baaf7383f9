"""Measure the questions that people and players ask, of a library of 200,000 files.

    python benchmarks/queries.py [--files 200000] [--library FILE]

The library is made by straight SQL in half a minute: ten files in a folder, an album each, one passage and one song in
a file, eight artists for a hundred files, words as frequent as words are (Zipf), one of them in every path. With
``--library`` it stays there, and is taken from there the next time.

CPU time of this process, the quickest of some rounds, the questions taking turns. A page has 500 passages, or all that
are found.
"""

import itertools
import math
import random
import sys
import tempfile
import time
import uuid
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
from harness import Targets, arguments, parsed, table
from seams.queries import (
    TICKS_PER_SECOND,
    GainsOf,
    Guid,
    Library,
    LibraryConnection,
    LibraryReader,
    ListPassages,
    Mono,
    RunId,
    RunState,
    ShowFile,
    ShowPassage,
    Status,
    Tags,
    close_run,
    display_path,
    distribution,
    open_writer,
    tag_row,
    transaction,
    write_json,
)

from passagework import Importer, load_settings

FILES_PER_FOLDER = 10
FILES_PER_ARTIST = 12
VOCABULARY = 20_000
AT_ONCE = 5_000
ROUNDS = 7
PAGE = 500
PAGES = 20
IMPORTER_MS = 30
PASSAGE_MS = 0.025
SEARCH_MS = 50
GAINS_MS = 50
EVIDENCE = write_json([["tag-mbid", kind, f"{kind} 0a1b2c3d"] for kind in ("recording", "artist", "album") * 4])
SHARES = write_json({f"group {n}": {f"member {m}": 0.0833 for m in range(12)} for n in range(9)})
SYLLABLES = ("ka", "lo", "mi", "ru", "te", "sa", "vo", "né", "ri", "du", "pa", "shi", "gro", "ble", "fün")

_LEVELS = np.random.default_rng(1).normal(-16, 4, (50, 1_800))
DISTRIBUTIONS = [distribution(blocks) for blocks in _LEVELS]
"""Of the blocks of some pieces of three minutes."""

Rows = dict[str, list[dict[str, object]]]


class Names:
    """Names whose words are as frequent as words are, and random numbers that are always the same."""

    def __init__(self) -> None:
        self.chosen = random.Random(0)
        made = {"".join(self.chosen.choices(SYLLABLES, k=self.chosen.randint(2, 4))) for _ in range(VOCABULARY)}
        self.words = sorted(made)
        self.chosen.shuffle(self.words)
        self._weights = list(itertools.accumulate(1 / rank for rank in range(1, len(self.words) + 1)))

    def name(self, most: int) -> str:
        words = self.chosen.choices(self.words, cum_weights=self._weights, k=self.chosen.randint(1, most))
        return " ".join(words).title()

    def guid(self) -> str:
        return str(uuid.UUID(int=self.chosen.getrandbits(128), version=4))


def make_library(path: Path, files: int) -> None:
    """Make a library of linked files; what no question reads is left out, or short."""
    names = Names()
    connection = open_writer(path, synchronous="normal")
    try:
        with transaction(connection):
            run = {"id": 1, "guid": names.guid(), "state": "running", "started_ns": 1, "config_hash": "x"}
            artists = [
                {"id": number, "mbid": names.guid(), "name": names.name(2), "first_run": 1}
                for number in range(1, files // FILES_PER_ARTIST + 2)
            ]
            insert(connection, {"run": [run], "artist": artists})
        for first in range(1, files + 1, AT_ONCE):
            rows: Rows = defaultdict(list)
            for number in range(first, min(files + 1, first + AT_ONCE), FILES_PER_FOLDER):
                add_album(rows, number, min(FILES_PER_FOLDER, files + 1 - number), names, artists)
            with transaction(connection):
                insert(connection, rows)
        close_run(connection, RunId(1), RunState.COMPLETED, files_seen=files, files_unchanged=0, now_ns=2)
    finally:
        connection.close()


def insert(connection: LibraryConnection, rows: Rows) -> None:
    for of_table, of_rows in rows.items():
        columns = of_rows[0]
        places = ", ".join(f":{column}" for column in columns)
        connection.executemany(f"INSERT INTO {of_table} ({', '.join(columns)}) VALUES ({places})", of_rows)


def add_album(rows: Rows, first: int, files: int, names: Names, artists: list[dict[str, object]]) -> None:
    artist = names.chosen.choice(artists)
    title = names.name(3)
    folder = f"/music/{artist['name']}/{title} {first}"
    of_run, number = {"run_id": 1}, first // FILES_PER_FOLDER + 1
    rows["folder"].append({"id": number, "path": folder.encode(), "path_text": folder, "first_run": 1})
    rows["album"].append({"id": number, "mbid": names.guid(), "title": title, "first_run": 1})
    rows["album_artist"].append({"album_id": number, "artist_id": artist["id"], "position": 0, "first_run": 1})
    for track, file in enumerate(range(first, first + files), 1):
        song = names.name(4)
        path = f"{folder}/{track:02} {song}.flac".encode()
        end = (180 + track) * TICKS_PER_SECOND
        tags = Tags(
            title=song, artist_credit=str(artist["name"]), artists=(str(artist["name"]),), album=title,
            disc_number=1, track_number=track, raw=(("TITLE", (song,)), ("ARTIST", (str(artist["name"]),))),
        )  # fmt: skip
        loudness = {"loudness_integrated": -12.5, "loudness_range": 6.5, "true_peak": -0.5, "sample_peak": -0.75}
        rows["file"].append(
            {
                "id": file, "guid": names.guid(), "folder_id": number, "path": path, "path_text": display_path(path),
                "size": 25_000_000, "mtime_ns": 1, "device": 1, "inode": file, "state": "analysed", "container": "flac",
                "codec": "flac", "sample_rate": 44_100, "channels": 2, "content_hash": names.chosen.randbytes(32),
                "audio_hash": names.chosen.randbytes(32), "samples": end // 640, "duration_ticks": end, **loudness,
                "bad_packets": 0, "missing_samples": 0, "analysis_version": 1, "analysis_run": 1, "state_run": 1,
                "first_run": 1, "invalid_samples": 0,
            }
        )  # fmt: skip
        of_file = {"file_id": file, **of_run}
        rows["file_tags"].append({**tag_row(tags, path), **of_file})
        rows["file_curves"].append(
            {"envelope_hop": 1, "envelope": b"", "samples_per_point": 1, "waveform": b"", **of_file}
        )
        rows["run_file"].append({**of_file, "duration_ticks": end, "passages": 1})
        rows["attempt"].append(
            {
                **of_file, "number": file, "was_alone": 0, "open": 0, "attempts": 0, "alone": 0, "size": 25_000_000,
                "mtime_ns": 1, "device": 1, "inode": file, "begun_ns": 1,
            }
        )  # fmt: skip
        rows["passage"].append(
            {
                "id": file, "guid": names.guid(), "file_id": file, "start_ticks": 0, "end_ticks": end,
                "lead_in_ticks": 0, "lead_out_ticks": 0, **loudness, "link_run": 1, "analysis_run": 1, "first_run": 1,
                "link_state": "linked", "link_reason": "tags",
                "loudness_distribution": names.chosen.choice(DISTRIBUTIONS),
            }
        )  # fmt: skip
        of_passage = {"passage_id": file, **of_run}
        rows["passage_fingerprint"].append({"fingerprint": "AQAA" * 40, "fingerprint_ticks": end, **of_passage})
        rows["passage_flavor"].append(
            {
                "level": "basic", "version": 1, "shares": SHARES, "seconds": 180.0, "tempo": 100.0,
                "timbre": bytes(260), "rhythm": bytes(200), "patches": 0, **of_passage,
            }
        )  # fmt: skip
        rows["passage_evidence"].append({"statements": EVIDENCE, **of_passage})
        rows["song"].append({"id": file, "mbid": names.guid(), "title": song, "first_run": 1})
        rows["song_artist"].append(
            {"song_id": file, "artist_id": artist["id"], "position": 0, "weight": 1.0, "first_run": 1}
        )
        rows["passage_song"].append({**of_passage, "song_id": file, "start_ticks": 0, "end_ticks": end})
        rows["passage_album"].append({**of_passage, "album_id": number, "medium": 1, "track": track})


def questions(library: Path, reader: LibraryReader) -> dict[str, tuple[Callable[[], object], float]]:
    """Give each question by its name, with the milliseconds that are wanted."""
    names = Names()
    frequent, middling, rare = names.words[0], names.words[200], names.words[-1]
    with Library.open(library) as opened:
        some = list(itertools.islice(opened.passages(), PAGE))
    passage, last = some[len(some) // 2], some[-1].guid

    def page(text: str | None = None, after: Guid | None = None) -> Callable[[], object]:
        return lambda: reader.query(ListPassages(PAGE, after, text, evidence=False))

    page_ms = PAGE * PASSAGE_MS
    return {
        "status": (lambda: reader.query(Status()), 20),
        "show FILE": (lambda: reader.query(ShowFile(passage.path)), 1),
        "show PASSAGE": (lambda: reader.query(ShowPassage(passage.guid)), 1),
        "gains of a passage": (lambda: reader.query(GainsOf([passage.guid], Mono.PANNED)), 2),
        "gains of a page": (lambda: reader.query(GainsOf([one.guid for one in some], Mono.PANNED)), GAINS_MS),
        "list, a page": (page(), page_ms),
        "search, a rare word": (page(rare), SEARCH_MS),
        "search, a word of some 600 files": (page(middling), SEARCH_MS),
        "search, the most frequent word": (page(frequent), SEARCH_MS),
        "search, both": (page(f"{frequent} {middling}"), SEARCH_MS),
        "search, a word of every path": (page("music"), SEARCH_MS),
        "search, its next page": (page("music", last), SEARCH_MS),
        "search, two first letters": (page(f"{frequent[:2]} {middling[:2]}"), SEARCH_MS),
        "search, nothing has it": (page("qwertz"), SEARCH_MS),
    }


def main() -> int:
    parser = arguments(__doc__, files=200_000, small=2_000, library=None)
    wanted = parsed(parser, files=400, small=100)
    targets = Targets()
    with tempfile.TemporaryDirectory(prefix="queries-") as scratch:
        paths = {files: Path(scratch, f"{files}.passages") for files in (wanted.small, wanted.files)}
        if wanted.library is not None:
            paths[wanted.files] = wanted.library
        best: dict[str, dict[int, float]] = defaultdict(dict)
        for files, path in paths.items():
            if not path.exists():
                make_library(path, files)
            reader = LibraryReader(path)
            asked = questions(path, reader)
            for _ in range(ROUNDS):
                for name, (ask, _) in asked.items():
                    best[name][files] = min(milliseconds_of(ask), best[name].get(files, math.inf))
            reader.close()
        rows = [(name, *(f"{best[name][files]:.2f}" for files in paths), most) for name, (_, most) in asked.items()]
        table(("question, CPU ms", *(f"{files} files" for files in paths), "wanted"), rows)
        for name, (_, most) in asked.items():
            targets.at_most(name, best[name][wanted.files], most)
        milliseconds, thread = pages_of_importer(paths[wanted.files], min(1_000, wanted.files // 4))
        print(f"CPU of the host's thread for such a page: {thread:.1f} ms")
        targets.at_most("1,000 passages from the importer's reader process, ms by the clock", milliseconds, IMPORTER_MS)
    targets.show()
    return 0


def pages_of_importer(path: Path, size: int) -> tuple[float, float]:
    """Read pages one after the other as a host does; give the milliseconds of the quickest, and those of its thread."""
    settings = load_settings(overrides={"library.path": str(path), "library.check": "off"})
    best, thread, after = math.inf, math.inf, None
    with Importer(settings) as importer:
        for _ in range(PAGES):
            began, busy = time.perf_counter(), time.thread_time()
            after = importer.library.passages_page(limit=size, after=after).next
            best = min(best, 1000 * (time.perf_counter() - began))
            thread = min(thread, 1000 * (time.thread_time() - busy))
            if after is None:
                break
    return best, thread


def milliseconds_of(ask: Callable[[], object]) -> float:
    began = time.process_time()
    ask()
    return 1000 * (time.process_time() - began)


if __name__ == "__main__":
    sys.exit(main())
