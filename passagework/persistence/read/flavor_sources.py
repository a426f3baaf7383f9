"""Queries of the character of passages, by source."""

import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from typing import Final

from passagework.domain.flavor.sources import DocumentedSong, FlavorSource, PassageFlavor, of_documents
from passagework.domain.flavor.values import Groups
from passagework.domain.ids import Guid, Mbid
from passagework.domain.json_text import write_json
from passagework.domain.units import TICKS_PER_SECOND
from passagework.persistence.read.queries import FlavorSourcesOf, KnownRecordings
from passagework.persistence.rows.columns import listed, named_rows
from passagework.persistence.rows.flavor import FLAVOR, flavor_from, readable_shares

_HEARD: Final = f"""
SELECT p.guid AS guid, p.user_flavor AS own, {listed(FLAVOR, "n")}
FROM json_each(:guids) AS j CROSS JOIN passage AS p ON p.guid = j.value
LEFT JOIN passage_flavor AS n ON n.passage_id = p.id
"""

# Only what is linked without a doubt. A recording that was merged into another one is found by its former MBID, too.
_DOCUMENTS: Final = f"""
SELECT p.guid, ps.start_ticks || s.mbid, min(ps.end_ticks, p.end_ticks - p.start_ticks) - ps.start_ticks, r.seconds,
    r.shares
FROM json_each(:guids) AS j CROSS JOIN passage AS p ON p.guid = j.value
CROSS JOIN passage_song AS ps ON ps.passage_id = p.id CROSS JOIN song AS s ON s.id = ps.song_id
CROSS JOIN recording_flavor AS r ON r.recording IN (
    SELECT s.mbid UNION ALL SELECT m.old FROM merged_mbid AS m WHERE m.new = s.mbid
)
WHERE r.source = '{FlavorSource.ACOUSTICBRAINZ}' AND p.link_state = 'linked' AND p.link_doubt IS NULL
ORDER BY j.key, ps.start_ticks, s.mbid, r.document
"""

_RECORDINGS: Final = """
SELECT j.value FROM json_each(:recordings) AS j
WHERE EXISTS (SELECT 1 FROM song WHERE mbid = j.value)
    OR EXISTS (SELECT 1 FROM merged_mbid AS m JOIN song AS s ON s.mbid = m.new WHERE m.old = j.value)
"""


def flavor_sources_of(connection: sqlite3.Connection, query: FlavorSourcesOf) -> Mapping[Guid, PassageFlavor]:
    """Return what each source says; of passages that the library does not know nothing."""
    guids = {"guids": write_json(list(query.passages))}
    documented = _documented(connection, guids)
    found: dict[Guid, PassageFlavor] = {}
    for row in named_rows(connection, _HEARD, guids):
        guid = Guid(row["guid"])
        heard = flavor_from(row) if row["level"] is not None else None
        groups = {
            FlavorSource.HEARD: heard.groups if heard is not None else (),
            FlavorSource.ACOUSTICBRAINZ: documented.get(guid, ()),
            FlavorSource.USER: readable_shares(row["own"]) or (),
        }
        saying = {source: said for source, said in groups.items() if said}
        found[guid] = PassageFlavor(guid=guid, heard=heard, groups=saying)
    return found


def known_recordings(connection: sqlite3.Connection, query: KnownRecordings) -> frozenset[Mbid]:
    """Return those that are songs of the library, or were merged into one."""
    found = connection.execute(_RECORDINGS, {"recordings": write_json(list(query.recordings))})
    return frozenset(Mbid(mbid) for (mbid,) in found)


def _documented(connection: sqlite3.Connection, guids: Mapping[str, str]) -> Mapping[Guid, Groups]:
    songs: defaultdict[Guid, dict[str, tuple[float, list[tuple[float, Groups]]]]] = defaultdict(dict)
    for guid, song, ticks, seconds, shares in connection.execute(_DOCUMENTS, guids):
        _, documents = songs[Guid(guid)].setdefault(song, (ticks / TICKS_PER_SECOND, []))
        if (groups := readable_shares(shares)) is not None:
            documents.append((seconds, groups))
    return {
        guid: of_documents([DocumentedSong(seconds, documents) for seconds, documents in of_songs.values()])
        for guid, of_songs in songs.items()
    }
