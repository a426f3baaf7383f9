"""What can keep a file from being exported. Whatever it is, the previous file stays as it was."""

from passagework.domain.exit_codes import ExitCode
from passagework.export.errors import ExportError, ExportTargetError


class FileExportError(ExportError):
    """The file could not be written."""


class TargetRefusedError(FileExportError, ExportTargetError):
    """The target is music, the library itself, or nothing that a file can take the place of."""


class ExtraMissingError(FileExportError):
    """The format needs a package that is not installed."""

    code = "export-extra-missing"
    exit_code = ExitCode.USAGE
