"""What goes to standard error (errors, warnings, notes) and to standard output, with nothing in it that a terminal would obey.

Invariant: the exit status of an error is looked up in `STATUS`, and nowhere else.
"""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from arrowsmith.errors import ArrowsmithError, ArrowsmithWarning, OptionError, code

O_OUTPUT = code("O0304", "standard output cannot be written")

#: exit status of each class of error; the first that fits
STATUS: Final = ((OptionError, 2), (ArrowsmithError, 1))

#: Control characters but tab and line feed, and what turns the direction of writing or ends a line unseen: a file's
#: name, or its data, could otherwise repaint the terminal or hide what an error says.
_UNSAFE: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def status_of(error: ArrowsmithError) -> int:
    """The exit status that *error* ends the process with."""
    return next(status for kind, status in STATUS if isinstance(error, kind))


def printable(text: str) -> str:
    """*text* with what a terminal would obey spelled out."""
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def put(text: str | bytes) -> None:
    """Write *text*, as it is, to standard output.  Raises `OptionError` where that fails; a reader that has gone passes as
    BrokenPipeError."""
    try:
        if isinstance(text, bytes):
            sys.stdout.buffer.write(text)
        else:
            sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise OptionError(
            f"standard output cannot be written: {error.strerror or error}",
            code=O_OUTPUT,
            help="send it to a file on a disk that has room, or to a pipe",
        ) from error


def put_line(text: str) -> None:
    """Write *text* and a line feed to standard output, printable; raises as `put` does."""
    put(printable(text) + "\n")


def say(text: str) -> None:
    """Write *text* and a line feed to standard error; one that is closed has nobody to tell."""
    if sys.stderr is None:
        return
    try:
        print(printable(text), file=sys.stderr, flush=True)
    except BrokenPipeError:
        return  # the exit status is left to say it


@contextmanager
def spoken_warnings() -> Iterator[None]:
    """Print each `ArrowsmithWarning` inside as one line, whatever filters are set; other warnings go where they went."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", ArrowsmithWarning)
        others = warnings.showwarning

        def show(message: Any, category: Any, *place: Any, **more: Any) -> None:
            if isinstance(message, ArrowsmithWarning):
                say(warning_line(message))
            else:
                others(message, category, *place, **more)

        warnings.showwarning = show
        yield


def warning_line(warning: ArrowsmithWarning) -> str:
    """``warning[W0001]: …`` on one line."""
    code, message = warning.code, str(warning)
    message = " ".join(message.removeprefix(f"[{code}] ").split())
    return f"warning[{code}]: {message}" if code else f"warning: {message}"
