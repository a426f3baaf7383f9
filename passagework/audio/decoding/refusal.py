"""The exception that ends an analysis that cannot continue."""

from passagework.domain.failures import Failure, FailureCode


class RefusedError(Exception):
    """A file cannot be analysed; ``failure`` says why. Never leaves the analysis."""

    def __init__(self, code: FailureCode, detail: str = "") -> None:
        self.failure = Failure(code, " ".join(detail.split()))
        super().__init__(self.failure)
