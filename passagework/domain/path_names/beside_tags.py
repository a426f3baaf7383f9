"""What a path adds to the tags of its file."""

import hashlib
import unicodedata
from functools import lru_cache
from typing import Final

from passagework.domain.path_names.component import text_of
from passagework.domain.path_names.folder import disc_of
from passagework.domain.path_names.names import PathNames, names_of_path
from passagework.domain.search_words import search_words
from passagework.domain.tags import Tags

NOTHING: Final = PathNames()
_GROUP_BYTES: Final = 8


def names_beside_tags(tags: Tags, path: bytes) -> PathNames:
    """Return what the path says and the tags do not.

    A path counts only where it speaks of the same piece: where the tags have no title, or the one that the path says.
    So a file that is tagged, but for its album, gets none from a folder that is one of downloads, perhaps.
    """
    if tags.title is not None and tags.artist_credit is not None:
        return NOTHING
    said = names_of_path(path)
    if tags.title is not None and not _same(tags.title, said.title):
        return NOTHING
    return PathNames(
        title=said.title if tags.title is None else None,
        artist=said.artist if tags.artist_credit is None else None,
        album=said.album if tags.album is None else None,
        medium=said.medium if tags.disc_number is None else None,
        track=said.track if tags.track_number is None else None,
    )


def album_group(tags: Tags, path: bytes, said: PathNames) -> str | None:
    """Return what the files of one album that has no MBID have in common; None without a title of the album.

    That is the folder, without those of discs, with the title and the artist of the album as the tags print them. Two
    albums of one title in two folders are two, and so are two in one folder by two artists.
    """
    title = tags.album or said.album
    return None if title is None else _group(path.rpartition(b"/")[0], title, tags.album_artist_credit or "")


# The files of an album come one after the other.
@lru_cache(maxsize=64)
def _group(folder: bytes, title: str, artist: str) -> str:
    above, _, last = folder.rpartition(b"/")
    place = folder if disc_of(text_of(last)) is None else above
    text = "\0".join(unicodedata.normalize("NFC", one).casefold() for one in (title, artist))
    key = place + b"\0" + text.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(key, digest_size=_GROUP_BYTES).hexdigest()


def _same(one: str, other: str | None) -> bool:
    words = search_words(one)
    return bool(words) and words == search_words(other)
