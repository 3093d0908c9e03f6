"""Which permission of SELinux a refused call asked for, whether its lack is likely, and what would grant it.

Sources: the kernel's security/selinux/hooks.c (file_map_prot_check, selinux_file_mprotect), setsebool(8), semodule(8).
Invariant: where the policy itself said what it denies, nothing else of it is blamed.
"""

from __future__ import annotations

import errno as E
from collections.abc import Callable, Iterator

from arrowsmith_memory.case import Case
from arrowsmith_memory.evidence import Evidence
from arrowsmith_memory.files import ZERO


def permission_of(case: Case) -> str:
    """The permission that SELinux asks for the call of *case*: "execmem", "execheap", …, "execute"; "" if for none."""
    if not case.executable:
        return ""
    if case.of_file:
        return "execute"
    if case.place.startswith("[heap]"):
        return "execheap"
    if case.place.startswith("[stack"):
        return "execstack"
    return "execmod" if case.place.startswith("/") else "execmem"


def refuses(permission: str) -> Callable[[Case], bool]:
    def fits(case: Case) -> bool:
        evidence = case.evidence
        if not evidence.selinux or not (case.errno == E.EACCES or (case.call == "dlopen" and case.nothing_said)):
            return False
        asked = permission_of(case)
        if asked == "execmod" and evidence.device is not None and case.place == ZERO:
            return permission == _of_device(evidence.device)
        denied = evidence.denied
        if denied is None or asked in ("execmod", "execute"):  # those two are asked of a file, not of the process
            return asked == permission
        if asked in denied:
            return asked == permission
        # heap and stack are anonymous memory too: execmem is asked after execheap and execstack
        return permission == "execmem" and permission in denied and asked in ("execheap", "execstack")

    return fits


def _of_device(denied: frozenset[str]) -> str:
    """The permission that making modified pages of a device executable fails by: execmod is asked first."""
    return "execmod" if "execmod" in denied else "execute" if denied & {"execute", "map"} else ""


def missing(case: Case) -> str:
    """The permissions that the memory of *case* needs and, as far as the policy said, lacks."""
    asked, denied = permission_of(case), case.evidence.denied
    if asked not in ("execheap", "execstack"):
        return f"{asked} {not_for(case)}"
    if denied is None:
        return f"{asked} (or execmem, which this memory needs too) {not_for(case)}"
    return f"{' and '.join(sorted(denied & {asked, 'execmem'}))} {not_for(case)}"


def not_for(case: Case) -> str:
    """Who lacks the permission; said with care where the kernel does not say that it enforces."""
    domain = case.evidence.domain or case.evidence.context
    doubt = "" if case.evidence.enforcing else " (if it is enforcing, which cannot be read here)"
    return f"not allowed to the domain {domain}{doubt}"


def ask_for(permission: str, allow: str) -> Callable[[Case], str]:
    def ask(case: Case) -> str:
        evidence = case.evidence
        domain = evidence.domain or "this domain"
        switches = tuple(_switches(permission, evidence))
        kind = "chr_file" if case.place == ZERO else "file"
        rule = f"the policy rule `allow {domain} {allow.replace('KIND', kind)};`"
        if "FILE" in allow:
            rule += f", FILE being {_target(case)}"
        wanted = f"the SELinux boolean {' or '.join(switches)}, or {rule}" if switches else rule
        return (
            f"Ask for {wanted}. The denial may be missing from the audit log (a dontaudit rule):"
            " `semodule -DB` makes it appear, `semodule -B` ends that."
        )

    return ask


def _target(case: Case) -> str:
    return f"the type of {case.place}" if case.place == ZERO else f"the type of {file_of(case)}"


def executed(case: Case) -> str:
    """The permission of a file that is mapped executable, and which file."""
    if case.place == ZERO:
        return f"execute of {ZERO}"
    return f"execute (or map) of {file_of(case)}"


def modified(case: Case) -> str:
    """The permission of a file that was modified in memory, and which file; execute too where the policy was not asked."""
    known = case.evidence.device is not None and case.place == ZERO
    return f"execmod{'' if known else ' (or execute)'} of {case.place}"


def file_of(case: Case) -> str:
    return "a memfd of this domain" if case.place == "memfd" else f"a file that this domain makes in {case.place}"


def _switches(permission: str, evidence: Evidence) -> Iterator[str]:
    """The booleans of this host that govern *permission* for this domain and now forbid it, as setsebool takes them."""
    domain = evidence.domain.removesuffix("_t")
    for name in (f"{domain}_{permission}", f"allow_{permission}", f"selinuxuser_{permission}"):
        if evidence.booleans.get(name) is False:
            yield f"{name} (`setsebool -P {name} on`)"
    if evidence.booleans.get(f"deny_{permission}") is True:
        yield f"deny_{permission} (`setsebool -P deny_{permission} off`)"
