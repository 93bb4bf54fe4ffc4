"""Takes from a child process what its work does not need, because the work reads what strangers made (Linux)."""

from __future__ import annotations

import ctypes
import os
import platform
import resource
import struct
from collections.abc import Sequence
from pathlib import Path

from chassis.parent_death import die_with_parent

#: no account has this number: Debian keeps 65000 to 65533 free
OWN_UID = 65_101

_PR_SET_NO_NEW_PRIVS = 38  # linux/prctl.h
_SET_MODE_FILTER, _ALL_THREADS = 1, 1  # linux/seccomp.h
_ALLOW, _FAIL, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_EPERM, _ENOSYS = 1, 38
_CLONE_THREAD = 0x10000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # linux/bpf_common.h
#: where struct seccomp_data has the number of the call, the processor, and the first argument
_NUMBER, _PROCESSOR, _ARGUMENT = 0, 4, 16
_OTHER_ABI = 0x40000000


class _Calls:
    """Holds the numbers of system calls on one kind of processor."""

    def __init__(self, audit: int, seccomp: int, clone: int, network: str, programs: str, files: str) -> None:
        self.audit, self.seccomp, self.clone = audit, seccomp, clone
        self.network, self.programs, self.files = (
            [int(number) for number in names.split()] for names in (network, programs, files)
        )


#: 435 is clone3 everywhere; without it the C library takes clone, whose flags the filter can read
_CLONE3 = 435
# network: socket connect accept bind listen socketpair accept4
# programs: (fork vfork) execve kill ptrace execveat process_vm_readv process_vm_writev bpf unshare setns mount keyctl
#   add_key request_key perf_event_open userfaultfd, pidfd_send_signal io_uring_setup pidfd_open pidfd_getfd
# files: (open creat rename mkdir rmdir link unlink symlink chmod chown) truncate openat mkdirat unlinkat renameat
#   linkat symlinkat fchmodat fchownat renameat2 open_by_handle_at openat2
_CALLS = {
    "x86_64": _Calls(
        0xC000003E,
        seccomp=317,
        clone=56,
        network="41 42 43 49 50 53 288",
        programs="57 58 59 62 101 322 310 311 321 272 308 165 250 248 249 298 323 424 425 434 438",
        files="2 85 82 83 84 86 87 88 90 92 76 257 258 263 264 265 266 268 260 316 304 437",
    ),
    "aarch64": _Calls(
        0xC00000B7,
        seccomp=277,
        clone=220,
        network="198 203 202 200 201 199 242",
        programs="221 129 117 281 270 271 280 97 268 40 219 217 218 241 282 424 425 434 438",
        files="45 56 34 35 38 37 36 53 54 276 265 437",
    ),
}


def confine(*, memory: int, files: bool, uid: int | None = None) -> list[str]:
    """Confines this process for good, and returns what the system did not permit.

    From now on it has `memory` bytes more than it has now, leaves no core file, gains no privileges, starts no program
    or process, and makes no connection; those that are open stay. Without `files` it opens none. Started by root, it
    goes on as user `uid`. Call it when all is loaded, from the main thread.
    """
    denied: list[str] = []
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    limit = _address_space() + memory
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    if uid is not None and os.geteuid() == 0:
        try:
            _become(uid)
        except OSError as error:
            denied.append(f"another user ({error.strerror})")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        denied.append(f"no_new_privs ({os.strerror(ctypes.get_errno())})")
    calls = _CALLS.get(platform.machine())
    if calls is None:
        denied.append(f"a filter of system calls (not known for {platform.machine()})")
        return denied
    program = _filter(calls, [*calls.network, *calls.programs, *([] if files else calls.files)])
    code = ctypes.create_string_buffer(program)
    header = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code)))
    if libc.syscall(calls.seccomp, _SET_MODE_FILTER, _ALL_THREADS, header) != 0:
        denied.append(f"a filter of system calls ({os.strerror(ctypes.get_errno())})")
    return denied


def limit_processor(seconds: int) -> None:
    """Has the kernel end this process (SIGXCPU) when it has used that much processor time from now, in all threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + 1 + seconds, most))


def _address_space() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()


def _become(uid: int) -> None:
    """Goes on as another user without groups. The kernel then forgets the bond to the parent, so it is made again."""
    parent = os.getppid()
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    die_with_parent(parent)


def _filter(calls: _Calls, refused: Sequence[int]) -> bytes:
    """Returns a program for the kernel (seccomp(2)) that lets each of these calls fail with EPERM."""
    #: what the jumps below lead to, from the end: [allow, no such call, no permission, kill, flags of clone]
    tail = [
        (_LOAD, 0, 0, _ARGUMENT),
        (_ANY_BIT, 3, 1, _CLONE_THREAD),
        (_RETURN, 0, 0, _KILL),
        (_RETURN, 0, 0, _FAIL | _EPERM),
        (_RETURN, 0, 0, _FAIL | _ENOSYS),
        (_RETURN, 0, 0, _ALLOW),
    ]
    flags, kill, fail, unknown, allow = 0, 2, 3, 4, 5
    tests = [
        *((_EQUAL, number, fail) for number in refused),
        (_EQUAL, _CLONE3, unknown),
        (_EQUAL, calls.clone, flags),
        (_AT_LEAST, 0, allow),
    ]
    head = [(_LOAD, 0, 0, _PROCESSOR), (_EQUAL, 1, 0, calls.audit), (_RETURN, 0, 0, _KILL), (_LOAD, 0, 0, _NUMBER)]
    tests.insert(0, (_AT_LEAST, _OTHER_ABI, kill))
    body = [(kind, len(tests) - place - 1 + goal, 0, number) for place, (kind, number, goal) in enumerate(tests)]
    return b"".join(struct.pack("HBBI", *instruction) for instruction in (*head, *body, *tail))
