"""The command ``arrowsmith``: what was typed becomes calls of the public API, what these raise one message and an exit status.

Invariant: neither ``--help`` nor shell completion imports pyarrow, numpy, rich or an assembler.
"""

from __future__ import annotations

import contextlib
import io
import os
import signal
import sys
from types import FrameType


def main() -> None:
    """Run the command that this process was started for, and exit with its status."""
    _open_standard_streams()
    # nothing here uses it, and where the system lets no thread be started it would end this process by SIGINT
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            # One that is ignored (nohup) stays ignored.
            if number is not None and signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, _stop)
        from arrowsmith.cli.app import READER_GONE, USAGE, app
        from arrowsmith.cli.messages import say

        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")  # a letter that the terminal lacks is no reason to fail
        status = app.main(prog_name="arrowsmith", standalone_mode=False)
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            status = READER_GONE
        except OSError as error:
            if status == 0:  # else it has been said
                say(f"error: standard output cannot be written: {error.strerror or error}")
                status = USAGE
        if status != 0:
            # The interpreter flushes once more on its way out, and would complain.
            with contextlib.suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        status = 130  # before or after the command itself
    sys.exit(status)


def _open_standard_streams() -> None:
    """Where one of the three standard streams is closed, put one there that says so: a file that is opened would get its
    number, and be written to by whoever prints.

    What reads the input or writes the output then gets EBADF; messages go nowhere, as there is nobody to tell.
    """
    wanted = (("stdin", os.O_WRONLY, "r"), ("stdout", os.O_RDONLY, "w"), ("stderr", os.O_WRONLY, "w"))
    for number, (name, access, mode) in enumerate(wanted):
        if getattr(sys, name) is not None:
            continue
        fd = os.open(os.devnull, access)
        if fd != number:
            os.dup2(fd, number)
            os.close(fd)
        setattr(sys, name, open(number, mode, closefd=False))  # noqa: SIM115  # it stays open as long as the process


def _stop(number: int, frame: FrameType | None) -> None:
    """A request to end is an interruption: drafts are removed, and the status says which signal it was."""
    interruption = KeyboardInterrupt()
    interruption.signal = number  # type: ignore[attr-defined]  # read by App.invoke
    raise interruption
