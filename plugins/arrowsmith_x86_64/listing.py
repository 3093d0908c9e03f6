"""Instructions become text for people: NASM syntax, labels in the order of the code, constants by what they are.

Invariant: no offset and no address, so that a change in one place changes the listing in that place alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import iced_x86 as ice
from iced_x86 import Instruction


def listing(instructions: Sequence[Instruction]) -> str:
    """One instruction a line, labels in front of those that are jumped to."""
    formatter = ice.Formatter(ice.FormatterSyntax.NASM)
    formatter.space_after_operand_separator = False
    wanted = {i.near_branch64 for i in instructions if i.op0_kind == ice.OpKind.NEAR_BRANCH64}
    names: dict[int, str] = {}
    for i in instructions:
        if i.ip in wanted:
            names[i.ip] = f".{len(names) + 1}"
    constants: dict[int, str] = {}
    lines = []
    for i in instructions:
        if i.ip in names:
            lines.append(f"{names[i.ip]}:")
        if i.op0_kind == ice.OpKind.NEAR_BRANCH64:
            lines.append(f"  {formatter.format_mnemonic(i)} {names[i.near_branch64]}")
            continue
        text = formatter.format(i)
        if i.is_ip_rel_memory_operand:
            name = constants.setdefault(i.memory_displacement, f"const{len(constants) + 1}")
            head, _, tail = text.partition("[rel ")
            text = f"{head}[{name}]{tail.partition(']')[2]}"
        lines.append(f"  {text}")
    return "\n".join(lines) + "\n"
