"""What can keep an export from being made. Whatever it is, the previous export stays as it was."""

from passagework.domain.errors import PassageworkError
from passagework.domain.exit_codes import ExitCode


class ExportError(PassageworkError):
    """The export could not be made."""

    code = "export-failed"
    exit_code = ExitCode.FAILED


class ExportTargetError(ExportError):
    """The target cannot be used: its address cannot be read, or something that is no export of ours is in its place."""

    code = "export-target"
    exit_code = ExitCode.USAGE


class ExportServerError(ExportError):
    """The server cannot be reached, refuses, or was lost again and again."""

    code = "export-server"


class ExportBusyError(ExportError):
    """Another export into the same database is under way."""

    code = "export-busy"


class ExportMismatchError(ExportError):
    """What arrived is not what was sent."""

    code = "export-mismatch"
