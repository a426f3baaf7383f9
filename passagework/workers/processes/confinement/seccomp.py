"""seccomp: a list of the system calls that computing on open files takes; the kernel has none of the others (ENOSYS).

The program is classic BPF (linux/filter.h) over ``struct seccomp_data`` (linux/seccomp.h): the number of the call, the
architecture, and six arguments of 64 bits, of which it can see numbers, but nothing that they point to.
"""

import ctypes
import errno
import platform
import struct
import sys
from types import MappingProxyType
from typing import Final

_PR_SET_SECCOMP: Final = 22
_FILTER: Final = 2
_ALLOW: Final = 0x7FFF0000
_REFUSE: Final = 0x00050000 | errno.ENOSYS
"""The answer of a kernel without the call: the C library then uses an older one that does the same."""

_LOAD: Final = 0x20
_JUMP_IF_EQUAL: Final = 0x15
_JUMP_IF_ANY_BIT: Final = 0x45
_RETURN: Final = 0x06
_INSTRUCTION: Final = struct.Struct("=HBBI")

_NUMBER_AT: Final = 0
_ARCHITECTURE_AT: Final = 4
_ARGUMENTS_AT: Final = 16
_PROT_EXEC: Final = 4


_Numbers = tuple[int, int]
"""The numbers of one system call on x86_64 and on aarch64; -1: the architecture does not have it."""

_ARCHITECTURES: Final = MappingProxyType({"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)})
"""AUDIT_ARCH of linux/audit.h, and the place in _Numbers."""

_CALLS: Final = MappingProxyType[str, _Numbers](
    {
        # files that are open
        "read": (0, 63),
        "write": (1, 64),
        "close": (3, 57),
        "lseek": (8, 62),
        "pread64": (17, 67),
        "pwrite64": (18, 68),
        "readv": (19, 65),
        "writev": (20, 66),
        "preadv": (295, 69),
        "preadv2": (327, 286),
        "ftruncate": (77, 46),
        # the stream to whoever gives out the jobs
        "sendto": (44, 206),
        "recvfrom": (45, 207),
        "recvmsg": (47, 212),
        # memory
        "brk": (12, 214),
        "munmap": (11, 215),
        "mremap": (25, 216),
        "madvise": (28, 233),
        "membarrier": (324, 283),
        "futex": (202, 98),
        # its own signals and timers
        "rt_sigaction": (13, 134),
        "rt_sigprocmask": (14, 135),
        "rt_sigreturn": (15, 139),
        "sigaltstack": (131, 132),
        "getitimer": (36, 102),
        "setitimer": (38, 103),
        "restart_syscall": (219, 128),
        # time, chance, and what it is itself
        "clock_gettime": (228, 113),
        "clock_getres": (229, 114),
        "clock_nanosleep": (230, 115),
        "gettimeofday": (96, 169),
        "nanosleep": (35, 101),
        "time": (201, -1),
        "times": (100, 153),
        "getrandom": (318, 278),
        "getrusage": (98, 165),
        "getrlimit": (97, 163),
        "getpid": (39, 172),
        "gettid": (186, 178),
        "getppid": (110, 173),
        "getuid": (102, 174),
        "geteuid": (107, 175),
        "getgid": (104, 176),
        "getegid": (108, 177),
        "getcpu": (309, 168),
        "sched_getaffinity": (204, 123),
        "sched_yield": (24, 124),
        "sysinfo": (99, 179),
        "uname": (63, 160),
        "rseq": (334, 293),
        "exit": (60, 93),
        "exit_group": (231, 94),
    }
)

_NOT_EXECUTABLE: Final = MappingProxyType({"mmap": (9, 222), "mprotect": (10, 226)})
"""Allowed unless the third argument asks for executable memory."""

_ONLY_TO_ITSELF: Final = MappingProxyType({"kill": (62, 129), "tgkill": (234, 131)})
"""Allowed if the first argument is the process itself: abort(3) sends a signal."""

_ONLY_TO_ASK: Final = MappingProxyType({"prlimit64": (302, 261)})
"""Allowed if the third argument, the new limit, is null."""


def restrict_system_calls(libc: ctypes.CDLL, own_pid: int) -> str:
    """Allow the calling thread the calls above alone; return what holds, "" if nothing does."""
    architecture = _ARCHITECTURES.get(platform.machine()) if sys.maxsize > 2**32 else None
    if architecture is None:
        return ""
    program = _program(*architecture, own_pid)
    code = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: the number of instructions, and where they are.
    header = ctypes.create_string_buffer(struct.pack("@HP", len(program) // _INSTRUCTION.size, ctypes.addressof(code)))
    return "" if libc.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_FILTER), header, 0, 0) else "seccomp"


def _program(architecture: int, place: int, own_pid: int) -> bytes:
    steps = [
        _step(_LOAD, _ARCHITECTURE_AT),
        _step(_JUMP_IF_EQUAL, architecture, if_true=1),
        _step(_RETURN, _REFUSE),
        _step(_LOAD, _NUMBER_AT),
    ]
    for numbers in _CALLS.values():
        if numbers[place] >= 0:
            steps += [_step(_JUMP_IF_EQUAL, numbers[place], if_false=1), _step(_RETURN, _ALLOW)]
    for calls, check in (
        (_NOT_EXECUTABLE, _third_argument_lacks(_PROT_EXEC)),
        (_ONLY_TO_ITSELF, _first_argument_is(own_pid)),
        (_ONLY_TO_ASK, _third_argument_is_null()),
    ):
        for numbers in calls.values():
            steps += [_step(_JUMP_IF_EQUAL, numbers[place], if_false=len(check)), *check]
    steps.append(_step(_RETURN, _REFUSE))
    return b"".join(steps)


def _third_argument_lacks(bits: int) -> list[bytes]:
    return [
        _step(_LOAD, _low_half_of(2)),
        _step(_JUMP_IF_ANY_BIT, bits, if_true=1),
        _step(_RETURN, _ALLOW),
        _step(_RETURN, _REFUSE),
    ]


def _first_argument_is(value: int) -> list[bytes]:
    return [
        _step(_LOAD, _low_half_of(0)),
        _step(_JUMP_IF_EQUAL, value, if_false=1),
        _step(_RETURN, _ALLOW),
        _step(_RETURN, _REFUSE),
    ]


def _third_argument_is_null() -> list[bytes]:
    return [
        _step(_LOAD, _low_half_of(2)),
        _step(_JUMP_IF_EQUAL, 0, if_false=3),
        _step(_LOAD, _low_half_of(2) + 4),
        _step(_JUMP_IF_EQUAL, 0, if_false=1),
        _step(_RETURN, _ALLOW),
        _step(_RETURN, _REFUSE),
    ]


def _low_half_of(argument: int) -> int:
    """Return where the low 32 bits of an argument are; both architectures are little-endian."""
    return _ARGUMENTS_AT + 8 * argument


def _step(code: int, value: int, *, if_true: int = 0, if_false: int = 0) -> bytes:
    return _INSTRUCTION.pack(code, if_true, if_false, value)
