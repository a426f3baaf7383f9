"""A stand-in for AcoustID and MusicBrainz on this machine: for tests, and for trials without a network."""

from passagework.standin.catalogue import Reference, StandInCatalogue, read_catalogue, write_catalogue
from passagework.standin.from_folder import catalogue_of
from passagework.standin.recorded import Recorded, read_recorded
from passagework.standin.server import StandIn

__all__ = [
    "Recorded",
    "Reference",
    "StandIn",
    "StandInCatalogue",
    "catalogue_of",
    "read_catalogue",
    "read_recorded",
    "write_catalogue",
]
