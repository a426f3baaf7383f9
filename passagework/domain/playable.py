"""Whether a passage can be played now, and if not, why."""

from passagework.domain.codes import ExplainedCode


class NotPlayable(ExplainedCode):
    """Why a passage cannot be played now, in the order in which they are told: ``NAME = stored code, words``."""

    MISSING = "missing", "its file is not on the disk"
    EXCLUDED = "excluded", "the rules of the scan leave its file out"
    RETIRED = "retired", "its file no longer has a passage there"
    REJECTED = "rejected", "a person has rejected it"
