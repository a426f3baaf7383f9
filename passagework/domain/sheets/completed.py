"""Tags of a file, completed by what a sheet says of its album."""

from dataclasses import replace

from passagework.domain.given_cuts import GivenCuts
from passagework.domain.tags import Tags


def completed(tags: Tags, given: GivenCuts | None) -> Tags:
    """Return the tags with what they lack and the sheet says. Files with a sheet beside them have no tags, often."""
    if given is None:
        return tags
    return replace(
        tags,
        album=tags.album or given.album,
        artist_credit=tags.artist_credit or given.performer,
        album_artist_credit=tags.album_artist_credit or given.performer,
        date=tags.date or given.date,
        disc_number=given.disc if tags.disc_number is None else tags.disc_number,
    )
