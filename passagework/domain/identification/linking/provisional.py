"""Which decisions are provisional, and until when."""

from typing import Final

from passagework.domain.identification.planning.capabilities import Capabilities
from passagework.domain.links import FileLinks, LinkState

WHEN_SERVICES_COME: Final = 1
"""A time in the past: due at once for an import that can ask services; others ignore provisional decisions."""

_NAMELESS: Final = frozenset({LinkState.UNIDENTIFIED, LinkState.TEXT_ONLY})


def provisional(links: FileLinks, capabilities: Capabilities, services_know_more_ns: int) -> FileLinks:
    """Set when decisions are due again. There are three cases.

    - No service could be asked: all of them, as soon as one can be.
    - A service was asked and found nothing: when the services may know more.
    - A service was asked, and the passage is linked or needs a person: never.
    """
    passages = []
    for one in links.passages:
        if not capabilities.can_ask:
            passages.append(one.until(WHEN_SERVICES_COME))
        elif one.state in _NAMELESS:
            passages.append(one.until(services_know_more_ns))
        else:
            passages.append(one)
    return FileLinks(links.path, tuple(passages), links.revision)
