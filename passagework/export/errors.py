"""The errors of exports. After any of them the previous export is unchanged."""

from passagework.domain.errors import PassageworkError
from passagework.domain.exit_codes import ExitCode


class ExportError(PassageworkError):
    """The export failed."""

    code = "export-failed"
    exit_code = ExitCode.FAILED


class ExportTargetError(ExportError):
    """The target cannot be used: its address is invalid, or it contains something that was not made by an export."""

    code = "export-target"
    exit_code = ExitCode.USAGE


class ExportServerError(ExportError):
    """The server cannot be reached, refuses, or was lost repeatedly."""

    code = "export-server"


class ExportBusyError(ExportError):
    """Another export into the same database is running."""

    code = "export-busy"


class ExportMismatchError(ExportError):
    """The rows read back differ from those sent."""

    code = "export-mismatch"
