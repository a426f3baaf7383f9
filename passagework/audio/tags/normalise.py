"""Merge the blocks of tags in a file into one value."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, TypeVar

from passagework.audio.tags import values as parse
from passagework.audio.tags.artist_names import split_artists, split_at
from passagework.audio.tags.block import LONGEST_VALUE, Field, TagBlock, Values
from passagework.domain.analysis_rules import TagRules
from passagework.domain.identification.evidence.likeness import titles_contradict
from passagework.domain.ids import Mbid
from passagework.domain.tags import ReplayGain, Tags

T = TypeVar("T")

_CREDIT_JOINT: Final = "; "
"""Separates the names of a credit that the file has as a list: no name contains it."""

_NAME_JOINTS: Final = (";", " / ", "/")
"""Separators, the least likely inside a name first."""


def normalise(blocks: Sequence[TagBlock], rules: TagRules) -> Tags:
    """Merge blocks into one value; if several have a field, the first block with a valid value counts.

    A block with a title that contradicts the first one speaks of another song: only its gains count, which are about
    the sound. ``raw`` holds the first block's names unchanged, and those of the others with their name as a prefix.
    """
    blocks = [block for block in blocks if block.raw or block.fields or block.picture_count]
    if not blocks:
        return Tags()
    names = tuple(_names(blocks))
    agree = _agree(blocks)
    said = _Said((block for block, agrees in zip(blocks, agree, strict=True) if agrees), rules)
    of_sound = _Said(blocks, rules)
    artist_ids = said.all_of(Field.ARTIST_ID, parse.parse_mbids)
    album_artist_ids = said.all_of(Field.ALBUM_ARTIST_ID, parse.parse_mbids)
    track_number, track_total = said.position(Field.TRACK, Field.TRACK_TOTAL)
    disc_number, disc_total = said.position(Field.DISC, Field.DISC_TOTAL)
    return Tags(
        family=blocks[0].family,
        title=said.first_of(Field.TITLE, _text),
        artist_credit=said.credit(Field.ARTIST),
        artists=said.names(Field.ARTISTS, Field.ARTIST, len(artist_ids)),
        album=said.first_of(Field.ALBUM, _text),
        album_artist_credit=said.credit(Field.ALBUM_ARTIST),
        album_artists=said.names(Field.ALBUM_ARTISTS, Field.ALBUM_ARTIST, len(album_artist_ids)),
        composers=said.all_of(Field.COMPOSER, _texts),
        genres=said.all_of(Field.GENRE, _genres),
        date=said.first_of(Field.DATE, parse.parse_date),
        original_date=said.first_of(Field.ORIGINAL_DATE, parse.parse_date),
        track_number=track_number,
        track_total=track_total,
        disc_number=disc_number,
        disc_total=disc_total,
        isrcs=said.all_of(Field.ISRC, parse.parse_isrcs),
        compilation=said.first_of(Field.COMPILATION, parse.parse_flag),
        recording_ids=said.all_of(Field.RECORDING_ID, parse.parse_mbids),
        release_track_id=said.first_of(Field.RELEASE_TRACK_ID, _first_mbid),
        release_id=said.first_of(Field.RELEASE_ID, _first_mbid),
        release_group_id=said.first_of(Field.RELEASE_GROUP_ID, _first_mbid),
        artist_ids=artist_ids,
        album_artist_ids=album_artist_ids,
        work_ids=said.all_of(Field.WORK_ID, parse.parse_mbids),
        acoustid_id=said.first_of(Field.ACOUSTID_ID, _first_mbid),
        replay_gain=ReplayGain(
            track_gain=of_sound.first_of(Field.TRACK_GAIN, parse.parse_gain),
            track_peak=of_sound.first_of(Field.TRACK_PEAK, parse.parse_peak),
            album_gain=of_sound.first_of(Field.ALBUM_GAIN, parse.parse_gain),
            album_peak=of_sound.first_of(Field.ALBUM_PEAK, parse.parse_peak),
            r128_track_gain=of_sound.first_of(Field.R128_TRACK_GAIN, parse.parse_r128_gain),
            r128_album_gain=of_sound.first_of(Field.R128_ALBUM_GAIN, parse.parse_r128_gain),
        ),
        picture_count=sum(block.picture_count for block in blocks),
        raw=tuple(_raw(blocks, names)),
        disagreeing=tuple(
            name
            for number, (block, name) in enumerate(zip(blocks, names, strict=True))
            if not agree[number] or _says_something_else(block, blocks[:number])
        ),
    )


def _agree(blocks: Sequence[TagBlock]) -> list[bool]:
    """Tell of each block whether its title is another spelling of the first title; a block without one agrees."""
    titles = [next((text for group in block.fields.get(Field.TITLE, ()) for text in group), None) for block in blocks]
    first = next((title for title in titles if title is not None), None)
    return [title is None or first is None or not titles_contradict(first, title) for title in titles]


def _says_something_else(block: TagBlock, before: Sequence[TagBlock]) -> bool:
    """Tell whether a block is another one of a family, although a file may have one, and not a copy of it."""
    same = [one for one in before if one.family == block.family]
    return bool(same) and all(one.fields != block.fields for one in same)


class _Said:
    """The values of the blocks for each field, the most trustworthy first."""

    def __init__(self, blocks: Iterable[TagBlock], rules: TagRules) -> None:
        self._blocks = tuple(blocks)
        self._rules = rules

    def groups(self, field: Field) -> Iterator[Values]:
        for block in self._blocks:
            yield from block.fields.get(field, ())

    def first_of(self, field: Field, read: Callable[[str], T | None]) -> T | None:
        """Return the first valid value."""
        found = (read(text) for group in self.groups(field) for text in group)
        return next((value for value in found if value is not None), None)

    def all_of(self, field: Field, read: Callable[[str], Iterable[T]]) -> tuple[T, ...]:
        """Return every value of the first group with a valid one, each once."""
        for group in self.groups(field):
            if found := dict.fromkeys(value for text in group for value in read(text)):
                return tuple(found)
        return ()

    def position(self, field: Field, total_field: Field) -> tuple[int | None, int | None]:
        """Return number and total, from "3/12" or from separate fields."""
        number = self.first_of(field, lambda text: parse.parse_position(text)[0])
        total = self.first_of(field, lambda text: parse.parse_position(text)[1])
        return number, total or self.first_of(total_field, lambda text: parse.parse_position(text)[0])

    def credit(self, field: Field) -> str | None:
        """Return the artist as printed."""
        names = next(self.groups(field), ())
        return _CREDIT_JOINT.join(names)[:LONGEST_VALUE] or None

    def names(self, field: Field, credit_field: Field, id_count: int) -> tuple[str, ...]:
        """Return the single names: from their own field, otherwise from a credit with several values.

        Formats without lists join names ("A/B"). Such a text is split at the delimiters of the rules; at the usual ones
        only if the number of artist MBIDs shows that it is a list, so that AC/DC is not split. Where the names are not
        as many as the MBIDs, nothing is split.
        """
        names = next(self.groups(field), ())
        credited = next(self.groups(credit_field), ())
        parts = tuple(part for name in names or credited for part in split_artists(name, self._rules))
        if len(parts) > max(1, len(names or credited)) and id_count in {0, len(parts)}:
            return parts
        if not names:
            return credited if len(credited) > 1 else ()
        if len(names) == 1:
            for joint in _NAME_JOINTS:
                parts = split_at(names[0], joint, self._rules)
                if len(parts) == id_count:
                    return parts
        return names


def _names(blocks: Sequence[TagBlock]) -> Iterator[str]:
    """Name each block by its family; a file may have two of one family, for instance two ID3 chunks."""
    families: set[str] = set()
    for position, block in enumerate(blocks, 1):
        yield block.family if block.family not in families else f"{block.family}-{position}"
        families.add(block.family)


def _raw(blocks: Sequence[TagBlock], names: Sequence[str]) -> Iterator[tuple[str, Values]]:
    for number, (block, prefix) in enumerate(zip(blocks, names, strict=True)):
        for name, found in block.raw:
            yield f"{prefix}:{name}" if number else name, found


def _text(text: str) -> str | None:
    return text


def _texts(text: str) -> Iterable[str]:
    return (text,)


def _genres(text: str) -> Iterator[str]:
    """Split genres that are joined by a semicolon; a slash is part of many genre names."""
    for part in text.split(";"):
        if genre := part.strip():
            yield genre


def _first_mbid(text: str) -> Mbid | None:
    return next(parse.parse_mbids(text), None)
