"""How long an import waits for a service. One rule, wherever the wait comes from.

A wait comes from a service that asks for a pause (Retry-After), from the gate file, through which another import passes
such a pause on, or from the turn among all that share the gate. What would wait for more than LONGEST_WAIT is put off,
and its moment is said: in the log, in the report of the import, and by ``passagework status``.
"""

from typing import Final

LONGEST_WAIT: Final = 90.0
"""Seconds of one wait, and of all pauses between the first failure of a service and its next answer."""

LONGEST_HOLD_OFF: Final = 3600.0
"""Seconds for which a service is not asked on its word, or on that of a gate file. A longer pause is cut to this: one
request an hour says whether it is still asked for, and a mistake does not last."""
