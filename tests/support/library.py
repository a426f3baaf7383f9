"""Makers of the messages that fill a library, and a library that is open for writing."""

import itertools
from dataclasses import replace

from passagework.domain.analysis import (
    AudioFormat,
    Damage,
    Envelope,
    FileAnalysis,
    Fingerprint,
    PassageAnalysis,
    Waveform,
)
from passagework.domain.evidence import EvidenceSource, Statement
from passagework.domain.failures import Failure, FailureCode
from passagework.domain.files import FileStamp
from passagework.domain.flavor.values import Flavor, FlavorLevel
from passagework.domain.links import FileLinks, LinkState, PassageLinks
from passagework.domain.measured import Loudness
from passagework.domain.music import Album, AlbumPlace, Artist, ArtistCredit, Song, SongSpan, Work
from passagework.domain.tags import Tags
from passagework.persistence.file.derived_names import entities_named_otherwise, files_named_otherwise
from passagework.persistence.read.dispatch import run_query
from passagework.persistence.read.queries import (
    Answers,
    KnownFiles,
    KnownFolders,
    ListPassages,
    ShowFile,
    Status,
    Summary,
    WaitingFiles,
    WaitingGroups,
)
from passagework.persistence.write.batch import write_batch
from passagework.persistence.write.gapless import pair_everywhere
from passagework.persistence.write.opening import open_writer
from passagework.persistence.write.runs import close_run, open_run
from passagework.persistence.write.writes import BeginAttempt, StoreAnalysis, StoreFailure, StoreLinks

SECOND = 28_224_000
LOUDNESS = Loudness(-14.0, 5.5, -0.5, -0.75)


class Maker:
    """Makes values and messages; fields that a test does not name get plausible values."""

    second = SECOND
    stamp = FileStamp(1000, 1_700_000_000_000_000_000, 5, 99)

    @staticmethod
    def mbid(kind, number):
        return f"{kind:08x}-0000-4000-8000-{number:012x}"

    @staticmethod
    def passage(start, end, **more):
        """Make a passage from start to end, in seconds."""
        values = {
            "lead_in": SECOND,
            "lead_out": 2 * SECOND,
            "fade_in": None,
            "fade_out": None,
            "loudness": LOUDNESS,
            "fingerprint": Fingerprint(f"AQAA{start}{end}", int((end - start) * SECOND)),
            "flavor": Flavor(
                level=FlavorLevel.BASIC, groups=(("heard", (("start", 0.25), ("end", 0.75))),), seconds=end - start
            ),
        }
        return PassageAnalysis(start=int(start * SECOND), end=int(end * SECOND), **(values | more))

    @classmethod
    def analysis(cls, path=b"/music/a.flac", spans=((0, 60),), *, tags=None, audio=b"a", **more):
        """Make the analysis of a file whose passages have these spans, in seconds."""
        if "passages" not in more:
            more["passages"] = tuple(cls.passage(start, end) for start, end in spans)
        values = {
            "stamp": cls.stamp,
            "format": AudioFormat("flac", "flac", 44100, 2, 900_000),
            "content_hash": b"c" * 31 + audio,
            "audio_hash": b"h" * 31 + audio,
            "samples": 44100 * 60,
            "duration": 60 * SECOND,
            "loudness": LOUDNESS,
            "envelope": Envelope(441, b"levels" + audio),
            "weighted": b"loudnesses" + audio,
            "doubtful_gaps": ((7 * SECOND, 9 * SECOND),),
            "waveform": Waveform(1300, b"\x80\x7f"),
            "damage": Damage(),
            "warnings": (),
        }
        return FileAnalysis(path=path, tags=tags or Tags(title="Tagged", artist_credit="Someone"), **(values | more))

    @classmethod
    def store(cls, run, *args, **kwargs):
        return StoreAnalysis(run, cls.analysis(*args, **kwargs))

    @classmethod
    def begin(cls, run, path=b"/music/a.flac", number=1, *, alone=False, stamp=None):
        return BeginAttempt(run, path, stamp or cls.stamp, alone, number)

    @classmethod
    def fail(cls, run, path=b"/music/a.flac", code=FailureCode.NOT_AUDIO, detail="", *, stamp=None):
        return StoreFailure(run, path, stamp or cls.stamp, Failure(code, detail))

    @classmethod
    def song(cls, number, artists=(1,), *, title="Song", works=(), names=None):
        credits_ = tuple(
            ArtistCredit(Artist(cls.mbid(2, artist), (names or {}).get(artist, f"Artist {artist}")), 1 / len(artists))
            for artist in artists
        )
        return Song(cls.mbid(1, number), title, credits_, tuple(Work(cls.mbid(3, work), "Work") for work in works))

    @classmethod
    def album(cls, number, *, title="Album", artists=(1,), date="1999", release_group=None):
        return Album(
            cls.mbid(4, number),
            title,
            release_group,
            date,
            tuple(Artist(cls.mbid(2, artist), f"Artist {artist}") for artist in artists),
        )

    @classmethod
    def links(cls, guid, songs=(), album=None, *, evidence=None, state=LinkState.LINKED, reason=None):
        """Make the decision for one passage: songs one after the other, a minute each."""
        spans = tuple(
            SongSpan(song, index * 60 * SECOND, (index + 1) * 60 * SECOND) for index, song in enumerate(songs)
        )
        if evidence is None:
            evidence = tuple(Statement(EvidenceSource.TAG_MBID, "recording", song.mbid) for song in songs)
        place = AlbumPlace(album, 1, 7) if album else None
        return PassageLinks(guid, state, spans, place, evidence, reason)

    @staticmethod
    def store_links(run, path, *passages):
        return StoreLinks(run, FileLinks(path, passages))


class OpenedLibrary:
    """A library that is open for writing, with an open run."""

    def __init__(self, path, synchronous="full"):
        self.path = path
        self.synchronous = synchronous
        self.clock = itertools.count(1_800_000_000_000_000_000)
        self.connection = open_writer(path, synchronous=synchronous)
        self.run = None

    def new_run(self, roots=(b"/music",), config_text="{}"):
        self.run = open_run(
            self.connection, config_hash="hash", config_text=config_text, roots=roots, now_ns=next(self.clock)
        )
        return self.run

    def close_run(self, state, files_seen=0, files_unchanged=0):
        close_run(
            self.connection,
            self.run,
            state,
            files_seen=files_seen,
            files_unchanged=files_unchanged,
            now_ns=next(self.clock),
        )

    def write(self, *writes):
        return write_batch(self.connection, writes, next(self.clock))

    def ask(self, query):
        return run_query(self.connection, query)

    def file(self, path=b"/music/a.flac"):
        return self.ask(ShowFile(path))

    def passages(self, path=b"/music/a.flac"):
        return self.file(path).passages

    def waiting(self):
        return self.ask(WaitingFiles(100))

    def rows(self):
        return dict(self.ask(Status()).rows)

    def content(self):
        """Return the results of all queries, without guids, which are random."""
        folders = self.ask(KnownFolders(b"/"))
        known = [entry for folder in folders for entry in self.ask(KnownFiles((folder,)))]
        files = [self.file(entry.path) for entry in known]
        status = self.ask(Status())
        return {
            "known": known,
            "files": [
                replace(file, guid=None, passages=tuple(replace(passage, guid=None) for passage in file.passages))
                for file in files
            ],
            "waiting": sorted(
                (file.path, file.tags, file.passage_count, file.revision, [(p.start, p.end) for p in file.passages])
                for file in self.waiting()
            ),
            "groups": [
                [(file.path, [(p.start, p.due) for p in file.passages]) for file in group]
                for now in (0, 100)
                for group in self.ask(WaitingGroups(100, now))
            ],
            "answers": sorted((answer.key, answer.body) for answer in self.ask(Answers(("a", "b"), 0))),
            "summaries": [self.ask(Summary(run)) for run in range(1, 4)],
            "rows": status.rows,
            "states": (status.file_states, status.link_states, status.missing, status.audio, status.passages),
        }

    def guids(self):
        return [passage.guid for passage in self.ask(ListPassages(1000))]

    def check(self):
        assert self.connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert self.connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert [*entities_named_otherwise(self.connection), *files_named_otherwise(self.connection)] == []
        assert pair_everywhere(self.connection)[1] == 0

    def reopen(self):
        self.close()
        self.connection = open_writer(self.path, synchronous=self.synchronous)

    def close(self):
        self.connection.close()
