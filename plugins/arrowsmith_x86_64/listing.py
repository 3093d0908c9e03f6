"""Instructions become text for people: NASM syntax, labels in the order of the code, fields of the context and constants by name.

Invariant: no address and no offset in memory of ours, so that a change in one place changes the listing in that place alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import iced_x86 as ice

_MEMORY = re.compile(r"\[[^\]]*\]")


def listing(instructions: Sequence[Any], notes: Mapping[int, Sequence[str]], field: Callable[[int], str]) -> str:
    """One instruction a line, labels in front of those that are jumped to, notes as comments; *field* names a place in the context."""
    formatter = ice.Formatter(ice.FormatterSyntax.NASM)
    wanted = {i.near_branch64 for i in instructions if i.op0_kind == ice.OpKind.NEAR_BRANCH64}
    labels: dict[int, str] = {}
    for i in instructions:
        if i.ip in wanted:
            labels[i.ip] = f".{len(labels) + 1}"
    constants: dict[int, str] = {}
    lines = []
    for n, i in enumerate(instructions):
        lines += [f"; {note}" for note in notes.get(n, ())]
        if i.ip in labels:
            lines.append(f"{labels[i.ip]}:")
        if i.op0_kind == ice.OpKind.NEAR_BRANCH64:
            lines.append(f"  {formatter.format_mnemonic(i)} {labels[i.near_branch64]}")
            continue
        text = formatter.format(i)
        if i.is_ip_rel_memory_operand:
            name = constants.setdefault(i.memory_displacement, f"const{len(constants) + 1}")
            text = _MEMORY.sub(f"[{name}]", text)
        elif i.memory_base == ice.Register.RBP and i.memory_index == ice.Register.NONE:
            text = _MEMORY.sub(f"[{field(i.memory_displacement)}]", text)
        lines.append(f"  {text}")
    return "\n".join(lines) + "\n"
