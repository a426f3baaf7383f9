"""What can keep a file from being exported. Whatever it is, the previous file stays as it was."""

from passagework.domain.errors import PassageworkError


class FileExportError(PassageworkError):
    """The file could not be written."""

    code = "export-failed"


class TargetRefusedError(FileExportError):
    """The target is music, the library itself, or nothing that a file can take the place of."""

    code = "export-target"


class ExtraMissingError(FileExportError):
    """The format needs a package that is not installed."""

    code = "export-extra-missing"
