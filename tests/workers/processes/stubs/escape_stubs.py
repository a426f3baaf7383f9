"""Analyses that try to leave their process. The file name of the job says how; the result says whether they could."""

import ctypes
import mmap
import os
import resource
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

import numpy as np

from passagework.audio.analyze import analyze_file
from passagework.audio.decoding.opening import opened
from passagework.audio.fingerprint import pcm_spool
from passagework.audio.flavor.log_mel import PATCH_SAMPLES
from passagework.audio.flavor.model_files import NoNets, installed_nets
from passagework.domain.analysis import FailedAnalysis
from passagework.domain.failures import Failure, FailureCode

LIBC = ctypes.CDLL(None, use_errno=True)
PTRACE_SEIZE = 0x4206


def analyze(job):
    attempt = globals()[Path(os.fsdecode(job.path)).name.partition(".")[0]]
    if attempt is spool_to_disk:
        return spool_to_disk(job)
    try:
        detail = attempt(job.path)
    except (OSError, ValueError, RuntimeError) as error:
        detail = f"refused: {type(error).__name__}"
    return FailedAnalysis(job.path, job.stamp, Failure(FailureCode.NOT_AUDIO, detail or "done"))


def system_call(number, *arguments):
    if LIBC.syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), "refused")


# As passagework.audio.with_nets does, before the process is confined.
installed_nets()


def own_pid(_path):
    return str(os.getpid())


def hear_a_patch(_path):
    found = installed_nets()
    if isinstance(found, NoNets):
        return found.reason
    patch = np.sin(np.arange(PATCH_SAMPLES, dtype=np.float32) / 5)[None]
    return str([round(float(tag), 3) for tag in found.hear(patch).msd[0]])


def read_its_file(path):
    with opened(path) as file:
        return os.pread(file.descriptor, 100, 0).decode()


def open_its_file_by_name(path):
    os.close(os.open(path, os.O_RDONLY))


def open_another_file(_path):
    Path("/proc/self/environ").read_bytes()


def make_a_file(path):
    os.close(os.open(path + b".new", os.O_WRONLY | os.O_CREAT))


def remove_a_file(path):
    os.unlink(path)


def rename_a_file(path):
    os.rename(path, path + b".renamed")


def list_a_folder(_path):
    os.listdir("/")


def write_into_its_file(path):
    with opened(path) as file:
        os.ftruncate(file.descriptor, 0)


def change_the_mode_of_its_file(path):
    with opened(path) as file:
        os.fchmod(file.descriptor, 0o777)


def bind_a_udp_port(_path):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))


def make_a_tcp_socket(_path):
    socket.socket(socket.AF_INET6 if socket.has_ipv6 else socket.AF_INET).close()


def make_a_unix_socket(_path):
    socket.socket(socket.AF_UNIX).close()


def fork(_path):
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def start_a_thread(_path):
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()


def run_a_program(_path):
    subprocess.run(["/bin/true"], check=True)


def become_a_program(_path):
    os.execv("/bin/cat", ["cat"])


def signal_its_parent(_path):
    os.kill(os.getppid(), signal.SIGURG)


def signal_its_group(_path):
    os.killpg(0, signal.SIGURG)


def trace_its_parent(_path):
    if LIBC.ptrace(PTRACE_SEIZE, os.getppid(), None, None) < 0:
        raise OSError(ctypes.get_errno(), "refused")


def open_its_parent(_path):
    os.close(os.pidfd_open(os.getppid()))


def lift_its_memory_limit(_path):
    resource.setrlimit(resource.RLIMIT_DATA, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def make_memory_executable(_path):
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()


def make_its_memory_executable_later(_path):
    memory = mmap.mmap(-1, mmap.PAGESIZE)
    place = ctypes.c_void_p(ctypes.addressof(ctypes.c_char.from_buffer(memory)))
    if LIBC.mprotect(place, ctypes.c_size_t(mmap.PAGESIZE), mmap.PROT_READ | mmap.PROT_EXEC) < 0:
        raise OSError(ctypes.get_errno(), "refused")


def use_io_uring(_path):
    system_call(425, 1, ctypes.create_string_buffer(120))


def make_an_anonymous_file(_path):
    os.close(os.memfd_create("x"))


def spool_to_disk(job):
    pcm_spool._IN_MEMORY = 1_000
    return analyze_file(job)


def compute_for_a_while(_path):
    before = time.process_time()
    while time.process_time() - before < 0.5:
        pass


def wait_until_it_grows(path):
    with opened(path) as file:
        while len(os.pread(file.descriptor, 100, 0)) <= len("its content"):
            time.sleep(0.001)


def raise_an_error(_path):
    raise KeyError("with a traceback")


def write_garbage(_path):
    for descriptor in range(3, 16):
        try:
            os.write(descriptor, b"\xff" * 100)
        except OSError:
            continue


def outlive_its_stream(_path):
    os.closerange(3, 64)
    signal.pause()
