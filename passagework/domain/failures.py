"""Why a file has no analysis, or one with a warning: stable codes and the words for people.

docs/failures.md lists them, and a test compares the two. Any failure that a run sees for the first time ends the
command with ``ExitCode.FAILED``.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Final, Self

from passagework.domain.codes import ExplainedCode, UnknownCode


class Retry(Enum):
    """When an unchanged file that failed is tried again."""

    BY_ITSELF = "at every import"
    ON_REQUEST = "with --retry-failed"


class FailureCode(ExplainedCode):
    """Reason why a file could not be analysed: ``NAME = stored code, words for people, when it is tried again``."""

    retry: Retry

    def __new__(cls, code: str, explanation: str, retry: Retry) -> Self:
        """Make a member; one without all three parts fails at import."""
        # Enum replaces the __new__ of the parent, so this one cannot call it.
        member = str.__new__(cls, code)
        member._value_ = code
        member.explanation = explanation
        member.retry = retry
        return member

    EMPTY_FILE = "empty-file", "the file has no bytes; copy it again from its source", Retry.ON_REQUEST
    NOT_REGULAR = "not-a-regular-file", "a pipe, socket or device, not a file; exclude it", Retry.ON_REQUEST
    NOT_AUDIO = "not-audio", "the content is not audio, whatever the name says", Retry.ON_REQUEST
    NO_AUDIO_STREAM = "no-audio-stream", "a media container without an audio stream", Retry.ON_REQUEST
    UNSUPPORTED = "unsupported-format", "an audio format that no decoder here understands", Retry.ON_REQUEST
    PROTECTED = "protected", "the audio is encrypted (DRM) and cannot be read", Retry.ON_REQUEST
    DAMAGED = "damaged", "no audio could be decoded; the file is damaged", Retry.ON_REQUEST
    PERMISSION_DENIED = (
        "permission-denied",
        "the file may not be read by this user; check its permissions",
        Retry.BY_ITSELF,
    )
    VANISHED = "vanished", "the file was gone when it was to be read", Retry.BY_ITSELF
    CHANGED = (
        "changed-while-reading",
        "the file changed while it was being read; it is tried again at the next import",
        Retry.BY_ITSELF,
    )
    READ_ERROR = "read-error", "the operating system could not read the file; check the disk", Retry.BY_ITSELF
    WORKER_CRASHED = "worker-crashed", "the decoder crashed on this file", Retry.ON_REQUEST
    WORKER_TIMEOUT = (
        "worker-timeout",
        "the decoder did not finish within the time allowed for this length",
        Retry.ON_REQUEST,
    )
    WORKER_MEMORY = "worker-out-of-memory", "the decoder needed more memory than is allowed", Retry.ON_REQUEST
    QUARANTINED = "quarantined", "the import was killed repeatedly while it worked on this file alone", Retry.ON_REQUEST
    LIBRARY_REJECTED = "library-rejected", "the library could not store the result", Retry.ON_REQUEST
    INTERNAL_ERROR = "internal-error", "a defect in Passagework; please report it with the log", Retry.BY_ITSELF


_OF_CIRCUMSTANCES: Final = frozenset(
    {
        *(FailureCode.WORKER_CRASHED, FailureCode.WORKER_TIMEOUT, FailureCode.WORKER_MEMORY),
        *(FailureCode.QUARANTINED, FailureCode.LIBRARY_REJECTED),
    }
)
"""Codes that last, but say less of the file than of what was done with it."""


class WarningCode(ExplainedCode):
    """A problem of a file that was analysed nevertheless: ``NAME = stored code, words for people``."""

    DAMAGED_PACKETS = "damaged-packets", "some packets could not be decoded and were skipped"
    TRUNCATED = "truncated", "the file ends before the length that it declares"
    LENGTH_WRONG = (
        "length-wrong",
        "the header says that the audio is shorter than it is; what follows was taken as audio, too",
    )
    TRAILING_BYTES = "trailing-bytes", "behind its audio the file has padding or another file, which was left out"
    TAGS_UNREADABLE = "tags-unreadable", "the tags are damaged or too much to read; what was read is kept"
    SEVERAL_TAGS = (
        "several-tags",
        "the file has tags that contradict its first ones, which count; `show` lists what the others say",
    )
    EXTENSION_MISMATCH = "extension-mismatch", "the content is another format than the file name says"
    INVALID_SAMPLES = (
        "invalid-samples",
        "some samples are no numbers, or far beyond full scale; they count as silence",
    )
    SILENT = "silent", "the file decodes, but holds no sound above the silence threshold"
    SPEECH_CUT = (
        "speech-cut",
        "the file looks like speech and was cut at its pauses; the profile speech leaves a programme whole",
    )
    GAPS_UNCERTAIN = (
        "gaps-uncertain",
        "the file has steady quiet stretches that may be gaps between pieces; it was not cut there",
    )
    NOT_SPEECH = (
        "not-speech",
        "the file has gaps and does not sound like speech; its profile leaves them in one passage",
    )
    CUTS_LEFT_OUT = (
        "cuts-left-out",
        "some of the cuts that are given for the file are not in it, or too close together; they were left out",
    )
    SHEET_UNREADABLE = (
        "sheet-unreadable",
        "a CUE sheet or a list of chapters of the file is broken, or about another file; it was not used",
    )
    LIST_NOT_MATCHED = (
        "list-not-matched",
        "the file seems to hold a release, but its track list does not fit the sound; it was cut by the sound",
    )
    EXTENSION_FAILED = (
        "extension-failed",
        "an extension could not say what it is used for; `show` gives the reason, the rest is as usual",
    )


@dataclass(frozen=True, slots=True)
class Failure:
    """One file's failure: a stable code and a detail for a person (one line, no stack)."""

    code: FailureCode | UnknownCode
    detail: str = ""

    @property
    def transient(self) -> bool:
        """Whether the next run tries the unchanged file again; False for an unknown code."""
        return isinstance(self.code, FailureCode) and self.code.retry is Retry.BY_ITSELF

    @property
    def of_content(self) -> bool:
        """Whether there is no music in the file, as often as one looks; False if that is not known."""
        return not self.transient and self.code not in _OF_CIRCUMSTANCES

    def __str__(self) -> str:
        """Return the sentence for the report."""
        explanation = self.code.explanation
        return f"{explanation} ({self.detail})" if self.detail else explanation
