"""Tell a process that was forked from the one in which an object was made: threads and locks are not in it."""

import os

from passagework.domain.errors import ImporterForkedError


class OwnProcess:
    """The process in which it was made."""

    def __init__(self) -> None:
        self._number = os.getpid()

    @property
    def is_this(self) -> bool:
        """Whether this is still that process, and no fork of it."""
        return os.getpid() == self._number

    def check(self) -> None:
        """Raise ImporterForkedError in a fork: whoever waited there would wait for ever."""
        if not self.is_this:
            raise ImporterForkedError
