"""A library with vectors, and the search for what is alike."""

from passagework import Library
from passagework.api.similar.search import SimilarSearch
from passagework.api.similar.vector_file import read_vectors, write_vectors
from passagework.api.similar.vectors import EMBEDDING, VectorMaker
from passagework.domain.flavor.rhythm import CHANGES, PATTERN
from passagework.domain.flavor.similar import Wanted
from passagework.domain.flavor.timbre import COEFFICIENTS, NAMES
from passagework.domain.flavor.vectors import pack, pack_rhythm, pack_timbre
from passagework.domain.json_text import write_json
from passagework.persistence.file.transaction import transaction
from passagework.persistence.read.queries import StoredVectors, VectorStamp
from passagework.persistence.read.reader import LibraryReader
from passagework.persistence.write.opening import open_writer

__all__ = [
    "CHANGES",
    "COEFFICIENTS",
    "EMBEDDING",
    "NAMES",
    "PATTERN",
    "Library",
    "LibraryReader",
    "SimilarSearch",
    "StoredVectors",
    "VectorMaker",
    "VectorStamp",
    "Wanted",
    "open_writer",
    "pack",
    "pack_rhythm",
    "pack_timbre",
    "read_vectors",
    "transaction",
    "write_json",
    "write_vectors",
]
