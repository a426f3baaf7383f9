"""Pieces of music for a tree to which things happen: small files with tags that agree, differ and contradict."""

import os
import random
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from passagework.demo.composition import compose
from passagework.demo.encoding import AudioForm, write_audio
from passagework.demo.tagging import write_tags
from passagework.domain.ids import Mbid
from passagework.domain.tags import Tags

RATE = 22_050
FORMS = (AudioForm.FLAC, AudioForm.MP3, AudioForm.VORBIS, AudioForm.WAV)


def _mbid(kind: int, number: int) -> Mbid:
    return Mbid(f"0a5a6f6e-4f3b-4b5c-9a53-{kind:06x}{number:06x}")


TITLES = (
    ("Bohemian Rhapsody", "Bohemian Rapsody", "BOHEMIAN RHAPSODY", "Bohemian Rhapsody (1975)"),
    ("Good Company", "Good Compny", "Good Company"),
    ("Chapter One", "Something Else Altogether", "A Third Name"),
)
"""Songs with the titles that files give them. Those of the last one contradict each other."""

ARTISTS = (("Queen", "Qeen", "QUEEN"), ("Jay", "Jay"), ("Various Artists", "The Band", "Band, The"))
ALBUMS = (("A Night at the Opera", "A Nite at the Opera"), ("Live", "Live!"))
DATES = ("1975", "1970", "1975-11-21", None)

SONG_IDS = tuple(_mbid(1, song) for song in range(len(TITLES)))
ARTIST_IDS = tuple(_mbid(2, artist) for artist in range(len(ARTISTS)))
ALBUM_IDS = tuple(_mbid(3, album) for album in range(len(ALBUMS)))
WORK_IDS = tuple(_mbid(4, song) for song in range(len(TITLES)))


@dataclass
class Piece:
    """One file of music: its audio, its places, what its tags say, and what a person set on what it plays.

    ``guid`` is that of the file; None: it has to be a new one, or need not be that which it was. ``spoilt``: there is
    something else in the file than music.
    """

    number: int
    form: AudioForm
    tags: Tags
    places: set[Path]
    edits: dict[str, object] = field(default_factory=dict)
    guid: str | None = None
    spoilt: bool = False

    @property
    def path(self) -> Path:
        """The place under which it is listed: the smallest."""
        return min(self.places, key=os.fsencode)


def some_tags(chance: random.Random) -> Tags:
    """Draw tags; the right spellings are the likeliest ones."""
    song = chance.randrange(len(TITLES))
    artist = chance.choice((song, song, song, chance.randrange(len(ARTISTS))))
    second = (artist + 1) % len(ARTISTS) if chance.random() < 0.25 else None
    heads = [one for one in (artist, second) if one is not None]
    names = [_spelling(chance, ARTISTS[one]) for one in heads]
    linked = chance.random() < 0.85
    return some_album(
        chance,
        Tags(
            title=_spelling(chance, TITLES[song]),
            artist_credit=" & ".join(names),
            artists=tuple(names) if chance.random() < 0.8 else (),
            album_artist_credit=names[0] if chance.random() < 0.7 else None,
            track_number=chance.randrange(1, 4),
            recording_ids=(SONG_IDS[song],) if linked else (),
            artist_ids=tuple(ARTIST_IDS[one] for one in heads) if linked else (),
            album_artist_ids=(ARTIST_IDS[heads[0]],) if linked and chance.random() < 0.7 else (),
            work_ids=(WORK_IDS[song],) if linked and chance.random() < 0.4 else (),
        ),
    )


def some_album(chance: random.Random, tags: Tags) -> Tags:
    """Draw another album for a file with these tags."""
    album = chance.randrange(len(ALBUMS))
    linked = tags.recording_ids and chance.random() < 0.8
    return replace(
        tags,
        album=_spelling(chance, ALBUMS[album]),
        date=chance.choice(DATES),
        release_id=ALBUM_IDS[album] if linked else None,
    )


def _spelling(chance: random.Random, spellings: tuple[str, ...]) -> str:
    return spellings[0] if chance.random() < 0.6 else chance.choice(spellings)


def _running_on(audio: NDArray[np.float32], number: int) -> NDArray[np.float32]:
    """Let two of three pieces begin and end with the same tone, so that some neighbours run on in the next one."""
    if number % 3:
        tone = 0.2 * np.sin(2 * np.pi * 440 * np.arange(RATE // 4) / RATE)[:, None]
        audio[: len(tone)] = audio[-len(tone) :] = tone
    return audio


class Workshop:
    """Makes files; the audio of a number is made once, and is always the same."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def content(self, number: int, form: AudioForm, tags: Tags) -> bytes:
        """Give the bytes of a file."""
        plain = self._folder / f"{number}{form.suffix}"
        if not plain.exists():
            write_audio(plain, _running_on(compose(RATE, RATE, number), number), RATE, form)
        tagged = self._folder / f"tagged{form.suffix}"
        shutil.copyfile(plain, tagged)
        write_tags(tagged, tags)
        return tagged.read_bytes()
