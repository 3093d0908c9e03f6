"""The C library's calls, each one checked: a failure becomes `Refused`, with the call, its arguments in words, the errno.

Who sets `WATCH` is told of each call before it is made and after, in strace's style.
Invariant: no result is ignored, and no call passes PROT_WRITE and PROT_EXEC together unless its caller wrote both.
"""

from __future__ import annotations

import ctypes
import errno as errno_names
import functools
import mmap as constants
import os
from collections.abc import Callable
from contextvars import ContextVar
from ctypes import c_char_p, c_int, c_long, c_size_t, c_ulong, c_void_p
from typing import Any, Final, NoReturn, TypeVar

PROT_READ, PROT_WRITE, PROT_EXEC = 1, 2, 4
MAP_SHARED, MAP_PRIVATE = 1, 2
MAP_ANONYMOUS: Final[int] = getattr(constants, "MAP_ANONYMOUS", 0x20)  # Windows lacks it and never uses it
RTLD_NOW: Final[int] = getattr(os, "RTLD_NOW", 2)

_PROT: Final = {PROT_READ: "PROT_READ", PROT_WRITE: "PROT_WRITE", PROT_EXEC: "PROT_EXEC"}
_MAP: Final = {MAP_SHARED: "MAP_SHARED", MAP_PRIVATE: "MAP_PRIVATE", MAP_ANONYMOUS: "MAP_ANONYMOUS"}

T = TypeVar("T")

#: told (call, arguments, None) before a call and (call, arguments, result) after it; in one thread's context only
Watch = Callable[[str, str, str | None], None]
WATCH: ContextVar[Watch | None] = ContextVar("WATCH", default=None)


class Refused(Exception):
    """The system said no.  ``arguments`` names memory as "page", because an address tells a reader nothing.

    ``said`` is how the failure named itself where it has no errno.  ``address`` and ``path`` are what it was about.
    """

    def __init__(
        self,
        call: str,
        arguments: str,
        errno: int | None,
        *,
        said: str = "",
        address: int | None = None,
        path: str = "",
    ) -> None:
        super().__init__(f"{call}({arguments}): {said or errno_name(errno)}")
        self.call = call
        self.arguments = arguments
        self.errno = errno
        self.said = said
        self.address = address
        self.path = path


def errno_name(errno: int | None) -> str:
    """ "EACCES" for 13."""
    return "no errno" if errno is None else errno_names.errorcode.get(errno, f"errno {errno}")


def failure(errno: int) -> str:
    """ "-1 EACCES (Permission denied)", as strace shows a failed call."""
    return f"-1 {errno_name(errno)} ({os.strerror(errno)})"


def flags(names: dict[int, str], value: int) -> str:
    """*value* as the names of its bits; a rest without a name in hexadecimal."""
    found = [name for bit, name in names.items() if value & bit]
    rest = value & ~sum(bit for bit in names if value & bit)
    return "|".join([*found, *([hex(rest)] if rest or not found else [])])


def watched(call: str, arguments: str, result: str | None) -> None:
    """Tell the watcher, if there is one."""
    watch = WATCH.get()
    if watch is not None:
        watch(call, arguments, result)


@functools.cache
def libc() -> Any:
    """The process's own C library, with ctypes' copy of errno.  Windows has none: only POSIX strategies come here."""
    library = ctypes.CDLL(None, use_errno=True)
    for name, result, *arguments in (
        ("mmap", c_void_p, c_void_p, c_size_t, c_int, c_int, c_int, c_long),
        ("munmap", c_int, c_void_p, c_size_t),
        ("mprotect", c_int, c_void_p, c_size_t, c_int),
        ("prctl", c_int, c_int, c_ulong, c_ulong, c_ulong, c_ulong),
        ("syscall", c_long),
        ("posix_memalign", c_int, ctypes.POINTER(c_void_p), c_size_t, c_size_t),
        ("aligned_alloc", c_void_p, c_size_t, c_size_t),
        ("free", None, c_void_p),
        ("dlopen", c_void_p, c_char_p, c_int),
        ("dlsym", c_void_p, c_void_p, c_char_p),
        ("dlclose", c_int, c_void_p),
        ("dlerror", c_char_p),
    ):
        function = getattr(library, name, None)
        if function is None:
            continue  # prctl and syscall are Linux's, and only Linux's strategies call them
        function.restype, function.argtypes = result, arguments or None  # none: as many as are given
    return library


def mmap(size: int, protection: int, kind: int, fd: int = -1, *, path: str = "") -> int:
    """The address of *size* bytes mapped anew; *path* is what *fd* was opened as, for the message."""
    words = f"NULL, {size}, {flags(_PROT, protection)}, {flags(_MAP, kind)}, {fd}, 0"
    watched("mmap", words, None)
    address = libc().mmap(None, size, protection, kind, fd, 0)
    if address is None or address == c_void_p(-1).value:
        _fail("mmap", words, words, path=path)
    watched("mmap", words, hex(address))
    return int(address)


def munmap(address: int, size: int) -> None:
    """Unmap *size* bytes at *address*."""
    _zero("munmap", address, f"{size}", libc().munmap, address, size)


def mprotect(address: int, size: int, protection: int) -> None:
    """Give *size* bytes at *address* the *protection*."""
    _zero("mprotect", address, f"{size}, {flags(_PROT, protection)}", libc().mprotect, address, size, protection)


def prctl(name: str, option: int, argument: int = 0, *, second: int = 0) -> int:
    """What prctl(2) of *option*, called *name*, returns."""
    words = f"{name}, {argument}, {second}, 0, 0"
    watched("prctl", words, None)
    result: int = libc().prctl(option, argument, second, 0, 0)
    if result < 0:
        _fail("prctl", words, words)
    watched("prctl", words, str(result))
    return result


def syscall(name: str, number: int, *arguments: int) -> int:
    """What the system call *number*, which the C library has no function for, returns."""
    words = ", ".join(hex(argument) for argument in arguments)
    watched(name, words, None)
    result: int = libc().syscall(c_long(number), *(c_ulong(argument) for argument in arguments))
    if result < 0:
        _fail(name, words, words)
    watched(name, words, str(result))
    return result


def posix_memalign(alignment: int, size: int) -> int:
    """The address of *size* bytes of the C heap."""
    words = f"&page, {alignment}, {size}"
    watched("posix_memalign", words, None)
    pointer = c_void_p()
    error = libc().posix_memalign(ctypes.byref(pointer), alignment, size)
    if error or pointer.value is None:
        watched("posix_memalign", words, f"{error} {errno_name(error)}")
        raise Refused("posix_memalign", words, error)
    watched("posix_memalign", words, f"0 (page is {pointer.value:#x})")
    return pointer.value


def aligned_alloc(alignment: int, size: int) -> int:
    """The address of *size* bytes, a multiple of *alignment*, of the C heap."""
    words = f"{alignment}, {size}"
    watched("aligned_alloc", words, None)
    address = libc().aligned_alloc(alignment, size)
    if address is None:
        _fail("aligned_alloc", words, words)
    watched("aligned_alloc", words, hex(address))
    return int(address)


def free(address: int) -> None:
    """Give a block back to the C heap; it must be writable again, because free(3) writes into it."""
    watched("free", hex(address), None)
    libc().free(address)
    watched("free", hex(address), "")


def by_python(call: str, words: str, run: Callable[[], T], *, path: str = "") -> T:
    """What *run*, a function of Python's `os` or `fcntl`, returns; its OSError becomes `Refused`."""
    watched(call, words, None)
    try:
        result = run()
    except OSError as error:
        watched(call, words, failure(error.errno or 0))
        raise Refused(call, words, error.errno, path=path) from None
    watched(call, words, str(result if isinstance(result, int) else 0))
    return result


def dlopen(path: str, *, where: str) -> int:
    """The handle of the shared object at *path*, a file of the directory *where*.  A failure has no errno, only words."""
    words = f'"{path}", RTLD_NOW'
    watched("dlopen", words, None)
    handle = libc().dlopen(path.encode(), RTLD_NOW)
    if handle is None:
        _fail_loading("dlopen", "file, RTLD_NOW", words, where, path)
    watched("dlopen", words, hex(handle))
    return int(handle)


def dlsym(handle: int, name: str) -> int:
    """The address of *name* in a loaded object."""
    words = f'handle, "{name}"'
    watched("dlsym", words, None)
    address = libc().dlsym(handle, name.encode())
    if address is None:
        _fail_loading("dlsym", words, words, "", "")
    watched("dlsym", words, hex(address))
    return int(address)


def dlclose(handle: int) -> None:
    """Unload an object."""
    words = hex(handle)
    watched("dlclose", words, None)
    if libc().dlclose(handle) != 0:
        _fail_loading("dlclose", "handle", words, "", "")
    watched("dlclose", words, "0")


def _fail_loading(call: str, words: str, shown: str, where: str, path: str) -> NoReturn:
    message = (libc().dlerror() or b"").decode(errors="replace").removeprefix(f"{path}: ")
    watched(call, shown, f"NULL ({message})")
    raise Refused(call, words, None, said=f"no errno ({message})", path=where)


def _zero(call: str, address: int, rest: str, function: Callable[..., int], *arguments: int) -> None:
    """Call *function*, whose success is 0, about the memory at *address*."""
    words = f"{address:#x}, {rest}"
    watched(call, words, None)
    if function(*arguments) != 0:
        _fail(call, f"page, {rest}", words, address=address)
    watched(call, words, "0")


def _fail(call: str, words: str, shown: str, *, address: int | None = None, path: str = "") -> NoReturn:
    error = ctypes.get_errno()
    watched(call, shown, failure(error))
    raise Refused(call, words, error, address=address, path=path)
