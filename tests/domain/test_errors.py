import pytest

from passagework.domain.edits import EditError
from passagework.domain.errors import (
    ConfigError,
    ExecutorExtraMissingError,
    ImporterClosedError,
    LibraryBusyError,
    LibraryUnavailableError,
    NotFoundError,
    PassageworkError,
    UnavailableKind,
)
from passagework.domain.exit_codes import ExitCode
from passagework.domain.undo import UndoRefusedError


@pytest.mark.parametrize(
    ("error", "ends_with"),
    [
        (ConfigError, 2),
        (ExecutorExtraMissingError, 2),
        (EditError, 2),
        (UndoRefusedError, 2),
        (LibraryBusyError, 3),
        (NotFoundError, 4),
        (ImporterClosedError, 1),
    ],
)
def test_a_command_ends_with_the_number_of_the_kind_of_its_error(error, ends_with):
    assert error.exit_code == ends_with


@pytest.mark.parametrize(
    ("parts", "lacking"), [({"code": "odd"}, "exit_code"), ({"exit_code": ExitCode.USAGE}, "code"), ({}, "code")]
)
def test_a_kind_of_error_that_lacks_a_part_fails_where_it_is_written(parts, lacking):
    with pytest.raises(TypeError, match=f"OddError has no {lacking}"):
        type("OddError", (PassageworkError,), {"__module__": "passagework.odd", **parts})


def test_a_host_may_derive_an_error_without_a_code():
    class HostError(PassageworkError):
        pass

    assert (HostError.code, HostError.exit_code) == ("internal-error", ExitCode.FAILED)


def test_a_drain_that_leaves_results_says_how_many_and_what_becomes_of_them():
    error = LibraryUnavailableError.while_draining(7)
    assert error.kind is UnavailableKind.UNWRITTEN
    assert str(error) == ("the library could not be written; results not stored: 7; the next import repeats them")
