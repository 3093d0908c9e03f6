"""``arrowsmith doctor``: what this host allows, as the plugins that can find out say it; core only prints the answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from arrowsmith.cli.messages import put_line
from arrowsmith.cli.request import offered
from arrowsmith.errors import OptionError, code

if TYPE_CHECKING:
    from arrowsmith.memory import Allocator, Diagnosis, Finding
    from arrowsmith.registry import Registry

O_CANNOT = code("O0303", "an allocator cannot be asked for what doctor wants to know")


@click.command("doctor", short_help="What runs on this machine, what is refused, and why.")
@click.option("--json", "as_json", is_flag=True, help="JSON instead of a text.")
@click.option("--probe", metavar="NAME", shell_complete=offered("allocators"), help="Try only this allocator.")
@click.option("--trace", is_flag=True, help="With --probe: its system calls, in strace's style.")
@click.option("--source", is_flag=True, help="With --probe: the same attempt as a C program for an administrator.")
def command(as_json: bool, probe: str | None, trace: bool, source: bool) -> None:
    """Try every allocator of executable memory in a process of its own, and say what follows from it.

    Nothing here changes the system, and a refusal is an answer: the exit status is 0.
    """
    from arrowsmith import registry

    if probe is None and (trace or source):
        raise click.UsageError(f"--{'trace' if trace else 'source'} needs --probe NAME")
    if trace and source:
        raise click.UsageError("--trace and --source are two questions: ask one at a time")
    known = registry.load()
    if probe is not None:
        text = _probed(known.allocator(probe), as_json=as_json, trace=trace, source=source)
    else:
        text = _diagnosed(known, as_json=as_json)
    put_line(text.rstrip("\n"))


def _probed(allocator: Allocator, *, as_json: bool, trace: bool, source: bool) -> str:
    from arrowsmith.memory import Diagnoses

    if not isinstance(allocator, Diagnoses):
        raise OptionError(
            f"the allocator {allocator.name} cannot be probed",
            code=O_CANNOT,
            help="`arrowsmith doctor` tries all others",
        )
    if source:
        text = allocator.source()
        if not text:
            raise OptionError(
                f"there is no C program of the allocator {allocator.name}",
                code=O_CANNOT,
                help="--trace shows its calls",
            )
    elif trace:
        text = allocator.trace()
    else:
        finding = allocator.probe()
        return json.dumps(finding.json(), indent=1) if as_json else _finding(finding)
    return (
        json.dumps({"allocator": allocator.name, "source" if source else "trace": text}, indent=1) if as_json else text
    )


def _finding(finding: Finding) -> str:
    """One attempt for a person."""
    call = f"{finding.call}({finding.arguments})" if finding.call else ""
    lines = [f"{finding.allocator}: {finding.outcome}"]
    lines += (
        [f"  {call} said {finding.said}"] if call and finding.said else [f"  {finding.said}"] if finding.said else []
    )
    lines += [f"  likely rule: {finding.rule}"] if finding.rule else []
    return "\n".join([*lines, f"  {finding.ask}"] if finding.ask else lines)


def _diagnosed(known: Registry, *, as_json: bool) -> str:
    from arrowsmith.memory import Diagnoses

    asked = next((allocator for allocator in known.allocators if isinstance(allocator, Diagnoses)), None)
    diagnosis = asked.diagnose(known.allocators) if asked is not None else None
    emitters = emitters_here(known, diagnosis)
    if as_json:
        found = {} if diagnosis is None else diagnosis.json()
        return json.dumps({**found, "emitters": emitters}, indent=1)
    lines = [f"emitter {e['name']}: {_usable(e)}" for e in emitters] or [
        "no plugin offers an emitter: nothing can be converted; `arrowsmith plugins` may say why"
    ]
    if diagnosis is None:
        lines += ["", "no plugin can say what executable memory this host allows"]
    else:
        lines += ["", diagnosis.text()]
    return "\n".join(lines)


def _usable(emitter: dict[str, Any]) -> str:
    """What `emitters_here` says of one, in words."""
    if emitter["refuses"] is None:
        return "usable"
    named = f"; usable with --allocator {emitter['allocator']}" if emitter["allocator"] else ""
    return f"not usable: {emitter['refuses']}{named}"


def emitters_here(known: Registry, diagnosis: Diagnosis | None) -> list[dict[str, Any]]:
    """Each emitter, in the order that ``auto`` tries them: ``refuses`` is why it cannot run the smallest Program here where
    nothing is named, ``allocator`` the one that would have to be named for it; "" where none would do, or none is needed."""
    from arrowsmith.host import Host
    from arrowsmith.program.ops import Block
    from arrowsmith.program.program import Program

    host, nothing = Host.current(), Program(name="doctor", body=Block())
    emitters = []
    for emitter in known.emitters:
        reason, allocator = emitter.refuses(nothing, host), ""
        if reason is None and getattr(emitter, "needs_memory", True):
            reason = _no_memory(diagnosis)
            allocator = diagnosis.works[0] if reason and diagnosis and diagnosis.works else ""
        emitters.append({"name": emitter.name, "rank": emitter.rank, "refuses": reason, "allocator": allocator})
    return emitters


def _no_memory(diagnosis: Diagnosis | None) -> str | None:
    """Why there is no executable memory, None where there is."""
    if diagnosis is None:
        return "whether this host allows executable memory is not known"
    if diagnosis.available:
        return None
    if any(finding.outcome in ("refused", "killed") for finding in diagnosis.findings):
        return "executable memory is refused"
    return "executable memory could not be tried"
