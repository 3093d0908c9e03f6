"""The table of commands, and what becomes of everything that a command raises.

`COMMANDS` names the module of each; a module is imported when its command, or the list of them, is asked for.
"""

from __future__ import annotations

import importlib
import signal
import sys
from collections.abc import Sequence
from typing import Any, Final

import click

from arrowsmith.cli.messages import say, spoken_warnings, status_of
from arrowsmith.errors import ArrowsmithError

#: every command, in the order of the help; each is ``command`` in the module of its name
COMMANDS: Final = ("convert", "head", "describe", "inspect", "validate", "detect", "schema", "plugins", "doctor")

AT_FAULT: Final = 1
USAGE: Final = 2
#: as the shell has it: 128 and the signal's number
INTERRUPTED: Final = 128 + signal.SIGINT
READER_GONE: Final = 128 + 13

_LOADING: Final = "it has to be installed, and the system has to give the memory that loading it takes (`ulimit -v`)"


class _Interrupted(Exception):
    """Ctrl-C, or another request to end, in the middle of a command; click would print an empty line for it."""


class _ReaderGone(Exception):
    """Nobody reads standard output any more; click would exit with 1."""


class App(click.Group):
    """The group of all commands: loads them when needed and turns exceptions into messages and exit statuses."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"arrowsmith.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if not name.startswith("-") and name not in COMMANDS and not ctx.resilient_parsing:
            from arrowsmith.diagnostics import nearest

            close = nearest(name, COMMANDS)
            raise click.UsageError(f"there is no command {name}" + (f"; did you mean {close}?" if close else ""), ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise _Interrupted(getattr(error, "signal", signal.SIGINT)) from None
        except BrokenPipeError:
            raise _ReaderGone from None

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """Run *args*; exit with the status, or return it where not *standalone_mode*."""
        with spoken_warnings():
            status = self._status(args, prog_name, complete_var, extra)
        if standalone_mode:
            sys.exit(status)
        return status

    def _status(self, args: Any, prog_name: str | None, complete_var: str | None, extra: dict[str, Any]) -> int:
        try:
            return super().main(args, prog_name, complete_var, standalone_mode=False, **extra) or 0
        except ArrowsmithError as error:
            say(str(error))
            return status_of(error)
        except click.ClickException as error:
            say(_usage(error))
            return error.exit_code
        except _Interrupted as error:
            say("interrupted: nothing half-written remains")
            return 128 + int(error.args[0])
        except OSError as error:  # of what no stage has words for: standard output during --help, a vanished directory
            what = f"{error.filename}: " if error.filename else ""
            say(f"error: the system refused a call: {what}{error.strerror or error}")
            return AT_FAULT
        except (
            ImportError
        ) as error:  # it is not installed, or the system refuses what loading it takes: RLIMIT_AS, a filter
            say(f"error: a library cannot be loaded: {_root(error)}\n   = help: {_LOADING}")
            return AT_FAULT
        except MemoryError:
            say(
                "error: the system gives no more memory\n   = help: a limit may be in force (`ulimit -v`), or --threads too many"
            )
            return AT_FAULT
        except click.Abort:  # Ctrl-C while options were read
            return INTERRUPTED
        except _ReaderGone:
            return READER_GONE


def _root(error: BaseException) -> BaseException:
    """The first of the failed imports that made *error*: the libraries' own words about it are pages long."""
    while isinstance(cause := error.__cause__ or error.__context__, ImportError):
        error = cause
    return error


def _usage(error: click.ClickException) -> str:
    """A mistake on the command line as our other errors look: the claim, then one help."""
    message = error.format_message().strip().rstrip(".")
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "arrowsmith"
    # click's words begin with a capital; ours do not, and an option's name stays as it is
    words = message[:1].lower() + message[1:]
    return f"error: {words}\n   = help: `{path} --help` lists what it takes"


def _version(ctx: click.Context, parameter: click.Parameter, wanted: bool) -> None:
    if wanted and not ctx.resilient_parsing:
        import arrowsmith

        click.echo(f"arrowsmith {arrowsmith.__version__}")
        ctx.exit()


@click.group(
    cls=App,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Print the version and exit."
)
@click.pass_context
def app(ctx: click.Context) -> int | None:
    """Binary data into Arrow and Parquet, as a data dictionary describes them."""
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help(), err=True)
        return USAGE
    return None
