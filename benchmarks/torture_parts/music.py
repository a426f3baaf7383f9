"""Small tagged pieces of music in every form that can be written: seeds of hostile files, and folders to import."""

import hashlib
import os
import shutil
from functools import cache
from pathlib import Path

from seams.demo import AudioForm, Tags, compose, write_audio, write_tags

RATE = 22_050
SECONDS = 1.0
OPUS_RATE = 24_000
SONGS, ALBUMS = 7, 3


@cache
def seeds(folder: Path) -> tuple[Path, ...]:
    """Make one short tagged file of each form, once."""
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    for number, form in enumerate(AudioForm):
        path = folder / f"{form}{form.suffix}"
        rate = OPUS_RATE if form is AudioForm.OPUS else RATE
        write_audio(path, compose(round(SECONDS * rate), rate, number), rate, form)
        write_tags(path, tags_of(number))
        made.append(path)
    return tuple(made)


def fill(folder: Path, sources: tuple[Path, ...], numbers: range) -> Path:
    """Put tagged copies into two folders below this one."""
    for number in numbers:
        source = sources[number % len(sources)]
        path = folder / f"album {number % 2}" / f"{number:04}{source.suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, path)
        write_tags(path, tags_of(number))
    return folder


def tags_of(number: int) -> Tags:
    """Give tags in which recordings, artists, works and albums come again."""
    song, album = number % SONGS, number % ALBUMS
    if number % 8 == 7:
        return Tags(title=f"Title {number}", artist_credit="Somebody", album="Nowhere")
    artists = (song % 3, 3 + song % 2)
    return Tags(
        title=f"Song {song}",
        artist_credit=" & ".join(f"Artist {artist}" for artist in artists),
        artists=tuple(f"Artist {artist}" for artist in artists),
        album=f"Album {album}",
        album_artist_credit="Artist 0",
        date=f"{1990 + album}",
        track_number=song + 1,
        recording_ids=(mbid(1, song),),
        artist_ids=tuple(mbid(2, artist) for artist in artists),
        work_ids=(mbid(3, song % 5),),
        release_id=mbid(4, album),
        release_group_id=mbid(5, album),
        album_artist_ids=(mbid(2, 0),),
    )


def mbid(kind: int, number: int) -> str:
    """Make an id as MusicBrainz gives them."""
    return f"{kind:08x}-0000-4000-8000-{number:012x}"


def state_of(folder: Path) -> dict[str, tuple[int, int, str]]:
    """Give mode, time and hash of every file below a folder: nobody but the campaign may change them."""
    found = {}
    for base, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(base, name)
            status = os.lstat(path)
            content = ""
            if os.path.isfile(path) and not os.path.islink(path):
                with open(path, "rb") as file:
                    content = hashlib.file_digest(file, "blake2b").hexdigest()
            found[path] = (status.st_mode, status.st_mtime_ns, content)
    return found


def changes(before: dict[str, tuple[int, int, str]], after: dict[str, tuple[int, int, str]]) -> list[str]:
    """Say which files came, went or changed."""
    return sorted(
        f"{Path(path).name} {'is gone' if path not in after else 'is new' if path not in before else 'was changed'}"
        for path in before.keys() | after.keys()
        if before.get(path) != after.get(path)
    )
