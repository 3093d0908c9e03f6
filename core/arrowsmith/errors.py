"""Every error that arrowsmith raises, and the table of its stable codes.

Four classes for four readers: the author of the dictionary, the owner of the data, the caller, the author of a
plugin; `InternalError` is for us.  `ExecutableMemoryError` says which rule of the system refused a page.

Invariant: this module imports nothing of arrowsmith but `diagnostics`' types, and nothing heavy.
"""

from __future__ import annotations

import errno as errno_names
from dataclasses import dataclass

#: code → the rule in one line.  Letters: D dictionary, R record (data), O option, P plugin, M memory, I internal, W warning.
#: A format declares codes of its own, with a letter of its own, in a mapping called ``CODES`` beside its errors.
CODES: dict[str, str] = {}


def code(number: str, rule: str) -> str:
    """Register the code *number* with the one-line *rule* that its page in the docs begins with; return it."""
    if number in CODES:
        raise AssertionError(f"error code {number} is registered twice")
    CODES[number] = rule
    return number


class ArrowsmithError(Exception):
    """What every error of arrowsmith is.  ``code`` is stable and has a page in the docs; ``str()`` is the whole message."""

    def __init__(self, message: str, *, code: str = "", help: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.help = help

    def __str__(self) -> str:
        head = f"error[{self.code}]: {self.message}" if self.code else self.message
        return f"{head}\n   = help: {self.help}" if self.help else head


class DictionaryError(ArrowsmithError):
    """The dictionary is at fault.  ``str()`` is the rendered diagnostic: place, line, caret, note, help."""

    def __init__(self, message: str, *, code: str = "", help: str = "", rendered: str = "") -> None:
        super().__init__(message, code=code, help=help)
        self.rendered = rendered

    def __str__(self) -> str:
        return self.rendered or super().__str__()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where in the data: ``file`` as the user named it, ``record`` from 1, ``offset`` in bytes from the file's start (of the
    field, or of the record where no field is to blame), ``path`` as the dictionary spells it, ``bytes`` that were seen there."""

    file: str = ""
    record: int | None = None
    offset: int | None = None
    path: str = ""
    bytes: bytes = b""

    def __str__(self) -> str:
        parts = [self.file] if self.file else []
        if self.record is not None:
            parts.append(f"record {self.record:,}")
        if self.offset is not None:
            parts.append(f"byte {self.offset:,}")
        where = ", ".join(parts)
        return f"{where} ({self.path})" if self.path else where


class DataError(ArrowsmithError):
    """The data are at fault: ``place`` says where, ``message`` the rule that was broken."""

    def __init__(self, message: str, *, code: str = "", help: str = "", place: Place | None = None) -> None:
        super().__init__(message, code=code, help=help)
        self.place = place or Place()

    def __str__(self) -> str:
        head = f"error[{self.code}]: " if self.code else ""
        where = str(self.place)
        text = f"{head}{where}: {self.message}" if where else f"{head}{self.message}"
        if self.place.bytes:
            shown = self.place.bytes[:32]
            text += f"\n   = bytes: {shown.hex(' ')}{' …' if len(self.place.bytes) > len(shown) else ''}"
        return f"{text}\n   = help: {self.help}" if self.help else text


class OptionError(ArrowsmithError):
    """An option, argument or path of the caller is at fault."""


class PluginError(ArrowsmithError):
    """A plugin broke the contract; the message names it with its distribution and version."""


class InternalError(ArrowsmithError):
    """We are at fault.  The message holds what to send us."""


class ExecutableMemoryError(ArrowsmithError):
    """The system refused executable memory.

    ``strategy`` is the allocator's name, ``call`` the system call or function, ``arguments`` its arguments in words,
    ``errno`` the number or None where the refusal had none (an OSError of dlopen, a MemoryError), ``said`` how the failure
    named itself where that is not an errno's name (a signal, a Windows error, the loader's message), ``cause`` a stable
    name of the likely rule behind it, ``rule`` that rule in words ("" if nothing can be said).
    """

    def __init__(
        self,
        *,
        strategy: str,
        call: str,
        arguments: str,
        errno: int | None,
        said: str = "",
        cause: str = "",
        rule: str = "",
        help: str = "",
    ) -> None:
        name = said or ("no errno" if errno is None else errno_names.errorcode.get(errno, f"errno {errno}"))
        message = f"the system refused executable memory: {strategy}: {call}({arguments}) failed with {name}"
        if rule:
            message += f"; likely {rule}"
        super().__init__(message, code="M0001", help=help)
        self.strategy = strategy
        self.call = call
        self.arguments = arguments
        self.errno = errno
        self.said = said
        self.cause = cause
        self.rule = rule


class ArrowsmithWarning(UserWarning):
    """A warning with a stable ``code``: something was done otherwise than asked, and the result is still right."""

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(f"[{code}] {message}" if code else message)
        self.code = code


code("M0001", "the system refused executable memory")
code("I0001", "a verifier found a fault in what another stage made")
