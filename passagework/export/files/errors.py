"""The errors of exports to files. After any of them the previous file is unchanged."""

from passagework.domain.exit_codes import ExitCode
from passagework.export.errors import ExportError, ExportTargetError


class FileExportError(ExportError):
    """The file could not be written."""


class TargetRefusedError(FileExportError, ExportTargetError):
    """The target is music, the library itself, or not a regular file."""


class ExtraMissingError(FileExportError):
    """The format needs a package that is not installed."""

    code = "export-extra-missing"
    exit_code = ExitCode.USAGE
