"""Which decisions are provisional, and until when."""

from dataclasses import replace
from typing import Final

from passagework.domain.identification.planning.capabilities import Capabilities
from passagework.domain.links import FileLinks, LinkState

WHEN_SERVICES_COME: Final = 1
"""A time that is past for whoever can ask services; nobody else looks at what was decided again."""

_NAMELESS: Final = frozenset({LinkState.UNIDENTIFIED, LinkState.TEXT_ONLY})


def provisional(links: FileLinks, capabilities: Capabilities, services_know_more_ns: int) -> FileLinks:
    """Say when decisions are to be looked at again. There are three cases.

    - No service could be asked: all of them, as soon as one can be.
    - A service could be asked, and nobody knew what the passage is: when the services may know more.
    - A service could be asked, and the passage was linked, or is left to a person: never.
    """
    passages = []
    for one in links.passages:
        if not capabilities.can_ask:
            passages.append(replace(one, retry_ns=WHEN_SERVICES_COME))
        elif one.state in _NAMELESS:
            passages.append(replace(one, retry_ns=services_know_more_ns))
        else:
            passages.append(one)
    return FileLinks(links.path, tuple(passages), links.revision)
