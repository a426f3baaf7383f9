"""Landlock: no file can be opened, no TCP connection made, and no process outside be reached.

The constants are those of linux/landlock.h; the kernel's documentation is userspace-api/landlock.
"""

import ctypes
import os
import struct
from typing import Final

_CREATE_RULESET: Final = 444
_RESTRICT_SELF: Final = 446
"""Numbers of the system calls, the same on every architecture."""

_ASK_VERSION: Final = 1

_FILE_RIGHTS: Final = ((1, 13), (2, 1), (3, 1), (5, 1))
"""ABI versions, and how many rights on files each added: 13, then to link elsewhere, to truncate, device ioctls."""

_NETWORK_SINCE: Final = 4
_BIND_AND_CONNECT: Final = 0b11
_SCOPES_SINCE: Final = 6
_ABSTRACT_SOCKETS_AND_SIGNALS: Final = 0b11


def restrict_files_and_network(libc: ctypes.CDLL) -> str:
    """Take every right that this kernel's Landlock knows; return what holds, "" if nothing does."""
    version = libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_ASK_VERSION))
    if version < 1:
        return ""
    rights = sum(count for since, count in _FILE_RIGHTS if since <= version)
    # struct landlock_ruleset_attr, which newer versions made longer.
    attributes = [(1 << rights) - 1]
    if version >= _NETWORK_SINCE:
        attributes.append(_BIND_AND_CONNECT)
    if version >= _SCOPES_SINCE:
        attributes.append(_ABSTRACT_SOCKETS_AND_SIGNALS)
    handled = struct.pack(f"={len(attributes)}Q", *attributes)
    # No rule is added that would allow anything.
    ruleset = libc.syscall(_CREATE_RULESET, handled, ctypes.c_size_t(len(handled)), ctypes.c_uint32(0))
    if ruleset < 0:
        return ""
    try:
        refused = libc.syscall(_RESTRICT_SELF, ruleset, ctypes.c_uint32(0))
    finally:
        os.close(ruleset)
    return "" if refused else f"Landlock (version {version})"
