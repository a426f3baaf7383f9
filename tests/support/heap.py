"""What this process has allocated and not freed, to the byte, as glibc counts it.

Resident memory also has what the heap keeps for later, and that grows by half a MB at once now and then.
"""

import ctypes

ONE_HEAP = {"PYTHONMALLOC": "malloc", "MALLOC_ARENA_MAX": "1"}
"""The environment in which ``in_use`` sees what Python, SQLite and numpy allocate in all threads."""


class _Mallinfo2(ctypes.Structure):
    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            "arena",
            "ordblks",
            "smblks",
            "hblks",
            "hblkhd",
            "usmblks",
            "fsmblks",
            "uordblks",
            "fordblks",
            "keepcost",
        )
    ]


_mallinfo2 = ctypes.CDLL(None).mallinfo2
_mallinfo2.restype = _Mallinfo2


def in_use() -> int:
    """Return the bytes in blocks of the heap that are in use, and in blocks that are mapped by themselves."""
    now = _mallinfo2()
    return now.uordblks + now.hblkhd
