"""Why a file has no analysis, or one with a warning: stable codes and the words for people.

The report, the log, the library and the docs share these codes; they are never renamed.
"""

from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class FailureCode(StrEnum):
    """Reason why a file could not be analysed."""

    EMPTY_FILE = "empty-file"
    NOT_REGULAR = "not-a-regular-file"
    NOT_AUDIO = "not-audio"
    NO_AUDIO_STREAM = "no-audio-stream"
    UNSUPPORTED = "unsupported-format"
    PROTECTED = "protected"
    DAMAGED = "damaged"
    PERMISSION_DENIED = "permission-denied"
    VANISHED = "vanished"
    CHANGED = "changed-while-reading"
    READ_ERROR = "read-error"
    WORKER_CRASHED = "worker-crashed"
    WORKER_TIMEOUT = "worker-timeout"
    WORKER_MEMORY = "worker-out-of-memory"
    QUARANTINED = "quarantined"
    LIBRARY_REJECTED = "library-rejected"
    INTERNAL_ERROR = "internal-error"


class WarningCode(StrEnum):
    """Something odd about a file that was analysed all the same."""

    DAMAGED_PACKETS = "damaged-packets"
    TRUNCATED = "truncated"
    TAGS_UNREADABLE = "tags-unreadable"
    EXTENSION_MISMATCH = "extension-mismatch"
    SILENT = "silent"


EXPLANATIONS: Final = MappingProxyType(
    {
        FailureCode.EMPTY_FILE: "the file has no bytes; copy it again from its source",
        FailureCode.NOT_REGULAR: "a pipe, socket or device, not a file; exclude it",
        FailureCode.NOT_AUDIO: "the content is not audio, whatever the name says",
        FailureCode.NO_AUDIO_STREAM: "a media container without an audio stream",
        FailureCode.UNSUPPORTED: "an audio format that no decoder here understands",
        FailureCode.PROTECTED: "the audio is encrypted (DRM) and cannot be read",
        FailureCode.DAMAGED: "no audio could be decoded; the file is damaged",
        FailureCode.PERMISSION_DENIED: "the file may not be read by this user; check its permissions",
        FailureCode.VANISHED: "the file was gone when it was to be read",
        FailureCode.CHANGED: "the file changed while it was being read; it is tried again at the next import",
        FailureCode.READ_ERROR: "the operating system could not read the file; check the disk",
        FailureCode.WORKER_CRASHED: "the decoder crashed on this file",
        FailureCode.WORKER_TIMEOUT: "the decoder did not finish within the time allowed for this length",
        FailureCode.WORKER_MEMORY: "the decoder needed more memory than is allowed",
        FailureCode.QUARANTINED: "the import was killed repeatedly while it worked on this file alone",
        FailureCode.LIBRARY_REJECTED: "the library could not store the result",
        FailureCode.INTERNAL_ERROR: "a defect in Passagework; please report it with the log",
    }
)

WARNING_EXPLANATIONS: Final = MappingProxyType(
    {
        WarningCode.DAMAGED_PACKETS: "some packets could not be decoded and were skipped",
        WarningCode.TRUNCATED: "the file ends before the length that it declares",
        WarningCode.TAGS_UNREADABLE: "the tags are damaged and were not read",
        WarningCode.EXTENSION_MISMATCH: "the content is another format than the file name says",
        WarningCode.SILENT: "the file decodes, but holds no sound above the silence threshold",
    }
)

_TRANSIENT: Final = frozenset(
    {
        FailureCode.PERMISSION_DENIED,
        FailureCode.VANISHED,
        FailureCode.CHANGED,
        FailureCode.READ_ERROR,
        FailureCode.INTERNAL_ERROR,
    }
)


@dataclass(frozen=True, slots=True)
class Failure:
    """One file's failure: a stable code and a detail for a person (one line, no stack)."""

    code: FailureCode
    detail: str = ""

    @property
    def transient(self) -> bool:
        """Whether the next run may try again although the file has not changed."""
        return self.code in _TRANSIENT

    def __str__(self) -> str:
        """Give the sentence for the report."""
        explanation = EXPLANATIONS[self.code]
        return f"{explanation} ({self.detail})" if self.detail else explanation
