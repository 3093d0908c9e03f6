"""Each strategy's smallest attempt as a C program: what an administrator can compile, run and trace without Python.

Every program prints ``ok, 42`` and exits with 0, or names the call that failed with the system's words and exits with 1.
Invariant: it makes the calls of the strategy of the same name, in the same order, with the same arguments.
"""

from __future__ import annotations

from typing import Final

from arrowsmith_memory.elf import shared_object

#: mov eax, 42; ret
_CODE: Final = bytes.fromhex("b82a000000c3")


def _literal(data: bytes) -> str:
    return '"' + "".join(f"\\x{byte:02x}" for byte in data) + '"'


def _program(name: str, headers: str, body: str, link: str = "") -> str:
    includes = "".join(f"#include <{header}.h>\n" for header in ("stdio", "string", *headers.split()))
    return (
        f"/* arrowsmith's probe of {name}:  cc -o probe probe.c{link} && ./probe */\n"
        f"#define _GNU_SOURCE\n{includes}"
        f"#define CODE {_literal(_CODE)}  /* mov eax, 42; ret */\n"
        "#define TRY(call, failed) if (failed) return perror(call), 1\n"
        "int main(void) {\n"
        f"{body.strip(chr(10))}\n"
        '    return printf("ok, %d\\n", ((int (*)(void))page)()) < 0;\n'
        "}\n"
    )


def _heap(name: str, obtain: str) -> str:
    """The block becomes writable again before it is freed, as free(3) writes into it."""
    body = f"""
    void *page = 0;
{obtain}
    memcpy(page, CODE, 6);
    TRY("mprotect", mprotect(page, 4096, PROT_READ | PROT_EXEC));
"""
    return _program(name, "errno stdlib sys/mman", body)


def _memfd(name: str, body: str) -> str:
    start = """
    int fd = memfd_create("arrowsmith", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    TRY("memfd_create", fd < 0);
    TRY("ftruncate", ftruncate(fd, 4096));
"""
    return _program(name, "fcntl unistd sys/mman", start.rstrip("\n") + body)


def _loader() -> str:
    """The object of `elf.shared_object`, its runs of zeros left out: a file that grows holds zeros."""
    image = shared_object(_CODE.ljust(4096, b"\0"))
    pieces = []
    for start in range(0, len(image), 32):
        piece = image[start : start + 32].rstrip(b"\0")
        if piece:
            pieces.append(f"    pwrite(fd, {_literal(piece)}, {len(piece)}, {start});")
    writes = "\n".join(pieces)
    body = f"""
    int fd = open("/tmp", O_RDWR | O_TMPFILE | O_CLOEXEC, 0700);
    TRY("open", fd < 0 || ftruncate(fd, {len(image)}));
{writes}
    char path[40];
    sprintf(path, "/proc/self/fd/%d", fd);
    void *handle = dlopen(path, RTLD_NOW), *page = handle ? dlsym(handle, "code") : 0;
    if (!page) return fprintf(stderr, "dlopen: %s\\n", dlerror()), 1;
"""
    return _program("dlopen", "dlfcn fcntl unistd", body, link=" -ldl")


_MAPPED = """
    void *page = mmap(0, 4096, {protection}, {kind}, {fd}, 0);
    TRY("mmap", page == MAP_FAILED);
    memcpy(page, CODE, 6);
"""
_PROTECTED = '    TRY("mprotect", mprotect(page, 4096, PROT_READ | PROT_EXEC));\n'

#: the strategy's name → the program
SOURCES: Final = {
    "mmap": _program(
        "mmap",
        "sys/mman",
        _MAPPED.format(protection="PROT_READ | PROT_WRITE", kind="MAP_PRIVATE | MAP_ANONYMOUS", fd="-1") + _PROTECTED,
    ),
    "rwx": _program(
        "rwx",
        "sys/mman",
        _MAPPED.format(protection="PROT_READ | PROT_WRITE | PROT_EXEC", kind="MAP_PRIVATE | MAP_ANONYMOUS", fd="-1"),
    ),
    "dev-zero": _program(
        "dev-zero",
        "fcntl sys/mman",
        '    int fd = open("/dev/zero", O_RDWR | O_CLOEXEC);\n    TRY("open", fd < 0);'
        + _MAPPED.format(protection="PROT_READ | PROT_WRITE", kind="MAP_PRIVATE", fd="fd")
        + _PROTECTED,
    ),
    "memfd-exec": _memfd(
        "memfd-exec",
        """
    TRY("pwrite", pwrite(fd, CODE, 6, 0) != 6);
    TRY("fcntl", fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE));
    void *page = mmap(0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
    TRY("mmap", page == MAP_FAILED);
""",
    ),
    "memfd-dual": _memfd(
        "memfd-dual",
        """
    void *writable = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    TRY("mmap", writable == MAP_FAILED);
    memcpy(writable, CODE, 6);
    TRY("munmap", munmap(writable, 4096));
    void *page = mmap(0, 4096, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
    TRY("mmap", page == MAP_FAILED);
""",
    ),
    "file-exec": _program(
        "file-exec",
        "fcntl unistd sys/mman",
        """
    int fd = open("/tmp", O_RDWR | O_TMPFILE | O_CLOEXEC, 0700);
    TRY("open", fd < 0);
    TRY("pwrite", ftruncate(fd, 4096) || pwrite(fd, CODE, 6, 0) != 6);
    void *page = mmap(0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
    TRY("mmap", page == MAP_FAILED);
""",
    ),
    "dlopen": _loader(),
    "posix-memalign": _heap(
        "posix-memalign", '    TRY("posix_memalign", (errno = posix_memalign(&page, 4096, 4096)));'
    ),
    "malloc-large": _heap(
        "malloc-large", '    TRY("posix_memalign", (errno = posix_memalign(&page, 4096, 33 << 20)));'
    ),
    "aligned-alloc": _heap("aligned-alloc", '    TRY("aligned_alloc", !(page = aligned_alloc(4096, 4096)));'),
    "virtualalloc": f"""\
/* arrowsmith's probe of virtualalloc:  cl probe.c */
#include <stdio.h>
#include <string.h>
#include <windows.h>
#define CODE {_literal(_CODE)}  /* mov eax, 42; ret */
#define TRY(call, failed) if (failed) return printf("%s: error %lu\\n", call, GetLastError()), 1
int main(void) {{
    DWORD before;
    void *page = VirtualAlloc(0, 4096, MEM_COMMIT | MEM_RESERVE, PAGE_READWRITE);
    TRY("VirtualAlloc", !page);
    memcpy(page, CODE, 6);
    TRY("VirtualProtect", !VirtualProtect(page, 4096, PAGE_EXECUTE_READ, &before));
    TRY("FlushInstructionCache", !FlushInstructionCache(GetCurrentProcess(), page, 4096));
    return printf("ok, %d\\n", ((int (*)(void))page)()) < 0;
}}
""",
}
