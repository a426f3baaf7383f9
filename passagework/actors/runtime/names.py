"""The names of the actors, as ports, the supervisor, logs and errors say them."""

from enum import StrEnum


class ActorName(StrEnum):
    """Every actor that an importer can have. A gateway has the name of its service."""

    SUPERVISOR = "supervisor"
    PERSISTENCE = "persistence"
    SESSION = "session"
    SCANNER = "scanner"
    ANALYZER = "analyzer"
    LINKER = "linker"
    ACOUSTID = "acoustid"
    MUSICBRAINZ = "musicbrainz"
