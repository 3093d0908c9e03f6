"""Loads, printed for the lockstep gear."""

from __future__ import annotations

from arrowsmith.program import ops as o
from arrowsmith.program.floats import KINDS
from arrowsmith.program.ops import R
from arrowsmith_vm.lockstep.cursors import Value
from arrowsmith_vm.lockstep.printer import Printer, Unsupported, prints


def _present(p: Printer, block: str, at: int, size: int, absent: bytes) -> str:
    """Print which items are not absent; return the variable, "" where all are."""
    if not absent or not size:
        return ""
    there = p.fresh("g")
    p.line(f"{there} = present({block}, {at}, {size}, {absent!r})")
    return there


@prints(o.LoadInt)
def _load_int(p: Printer, op: o.LoadInt) -> None:
    block, at = p.at(op.at, op.size)
    name = p.fresh("v")
    # what is unsigned and an i64, or a u128 that is none, is negative where it is refused
    signed = op.encoding == "twos" or (
        op.encoding == "unsigned" and (op.size == 16 or (op.size == 8 and p.kind(op.out) == "i64"))
    )
    whole = op.size in (1, 2, 4, 8)
    if op.size > 8:
        p.line(f"{name} = wide({block}, {at}, {op.size}, {op.order!r}, {signed})")
        if op.encoding in ("ones", "magnitude"):
            p.line(f"{name} = wide_complement({name}, {8 * op.size}, {op.encoding!r})")
    elif op.encoding in ("ones", "magnitude"):
        p.line(f"{name} = complement({block}.unsigned({at}, {op.size}, {op.order!r}), {8 * op.size}, {op.encoding!r})")
    elif whole:
        code = f"{'>' if op.order == 'big' else '<'}{'i' if signed else 'u'}{op.size}"
        p.line(f"{name} = {p.whole(op.at, op.size, code)}")
    else:
        p.line(f"{name} = integer({block}, {at}, {op.size}, {op.order!r}, {signed})")
    there = _present(p, block, at, op.size, op.absent)
    if not op.below:
        p.assign(op.out, Value(name, there, False))
        return
    wrong = p.fresh("t")
    p.line(f"{wrong} = outside({name}, {op.least}, {op.below - 1})")
    _result(p, op, name, there or _none(p), wrong, null=bool(op.absent))


def _none(p: Printer) -> str:
    """A variable that says of no item that it is absent."""
    there = p.fresh("g")
    p.line(f"{there} = None")
    return there


@prints(o.LoadBits)
def _load_bits(p: Printer, op: o.LoadBits) -> None:
    block, at = p.at(op.at, op.size)
    name = p.fresh("v")
    p.line(f"{name} = bits({block}, {at}, {op.size}, {op.order!r}, {op.low}, {op.width}, {op.signed})")
    p.assign(op.out, Value(name, "", p.kind(op.out) == "i64"))


@prints(o.LoadFloat)
def _load_float(p: Printer, op: o.LoadFloat) -> None:
    block, at = p.at(op.at, KINDS[op.kind].size)
    name, there = p.fresh("v"), p.fresh("g")
    if op.kind == "ieee64" and not op.absent:
        p.line(f"{name} = {p.whole(op.at, 8, '>f8' if op.order == 'big' else '<f8')}")
        p.assign(op.out, Value(name))
        return
    reader = p.constant("float", f"floating({op.kind!r}, {op.order!r}, {op.absent!r})")
    p.line(f"{name}, {there} = {reader}({block}, {at})")
    p.assign(op.out, Value(name, there if op.absent else "", False))


def _result(
    p: Printer, op: o.LoadInt | o.Unpack | o.Unzone | o.LoadText, name: str, there: str, refused: str, *, null: bool
) -> None:
    """Print what the disposition makes of the items that are refused; *null*: some may be absent."""
    if op.fail == "trap":
        p.line(f"x.fail_if({p.s}, {refused}, {there})")
    else:
        p.line(f"{there} = x.refused({p.s}, {refused}, {there}, {op.site})")
    p.assign(op.out, Value(name, there if null or op.fail == "null" else "", p.kind(op.out) == "i64"))


@prints(o.Unpack)
def _unpack(p: Printer, op: o.Unpack) -> None:
    block, at = p.at(op.at, op.size)
    name, there, refused = p.fresh("v"), p.fresh("g"), p.fresh("t")
    reader = p.constant("bcd", f"packed({op.size}, {op.digits}, {op.sign!r}, {op.missing_sign}, {op.absent!r})")
    p.line(f"{name}, {there}, {refused} = {reader}({block}, {at})")
    _result(p, op, name, there, refused, null=bool(op.absent))


@prints(o.Unzone)
def _unzone(p: Printer, op: o.Unzone) -> None:
    block, at = p.at(op.at, op.size)
    name, there, refused = p.fresh("v"), p.fresh("g"), p.fresh("t")
    made = (
        f"zoned({op.size}, {op.digits}, {op.scale}, {op.table!r}, {op.sign!r}, {op.lenient}, {op.anywhere}, {op.point},"
        f" {op.blank_zero}, {op.absent!r}{f', {op.bits}' if op.bits else ''})"
    )
    p.line(f"{name}, {there}, {refused} = {p.constant('zone', made)}({block}, {at})")
    _result(p, op, name, there, refused, null=bool(op.absent) or (op.lenient and not op.blank_zero))


@prints(o.Spell)
def _spell(p: Printer, op: o.Spell) -> None:
    block, at = p.at(op.at, op.size)
    name = p.fresh("v")
    spell = p.constant("spell", f"spelling({op.table!r})")
    p.line(f"{name} = {spell}(binary({block}, {at}, {op.size}, b'', False))")
    p.assign(op.out, Value(name, p.value(op.a).there))


@prints(o.LoadText)
def _text(p: Printer, op: o.LoadText) -> None:
    name, there, refused = p.fresh("v"), p.fresh("g"), p.fresh("t")
    if op.size == 0:
        p.line(f"{name} = constant('', {p.s}.n)")
        p.assign(op.out, Value(name))
        return
    arguments = f"charset({op.charset!r}), {op.trim!r}, {op.pad!r}, {op.undecodable!r}, {op.absent!r}"
    if op.out.n in p.own:
        arguments += ", True"
    if op.until:
        arguments += f", until={op.until!r}"
    if isinstance(op.size, int):
        block, at = p.at(op.at, op.size)
        p.line(f"{name}, {there}, {refused} = {p.constant('text', f'text({arguments})')}({block}, {at}, {op.size})")
    else:
        sizes = _sizes(p, op.size)
        reader = p.constant("text", f"varying_text({arguments})")
        p.line(f"{name}, {there}, {refused} = {reader}({p.cursor.places}, {p.cursor.off + op.at}, {sizes})")
    _result(p, op, name, there, refused, null=bool(op.absent))


def _sizes(p: Printer, size: R) -> str:
    value = p.ready(size)
    if value.there:
        raise Unsupported("a text whose size may be null")
    return value.name


@prints(o.LoadBytes)
def _bytes(p: Printer, op: o.LoadBytes) -> None:
    name = p.fresh("v")
    if op.size == 0:
        p.line(f"{name} = constant('', {p.s}.n)")
    elif isinstance(op.size, int):
        block, at = p.at(op.at, op.size)
        p.line(f"{name} = binary({block}, {at}, {op.size}, {op.pad!r}, {op.hex})")
    else:
        sizes = _sizes(p, op.size)
        p.line(f"{name} = varying_binary({p.cursor.places}, {p.cursor.off + op.at}, {sizes}, {op.pad!r}, {op.hex})")
    p.assign(op.out, Value(name))


@prints(o.Expect)
def _expect(p: Printer, op: o.Expect) -> None:
    if not op.value:
        return
    block, at = p.at(op.at, len(op.value))
    refused = p.fresh("t")
    p.line(f"{refused} = differs({block}, {at}, {op.value!r})")
    if op.fail == "trap":
        p.line(f"x.fail_if({p.s}, {refused})")
    else:
        p.line(f"x.refused({p.s}, {refused}, None, {op.site})")


@prints(o.Scan)
def _scan(p: Printer, op: o.Scan) -> None:
    find = p.constant("find", f"scanner({op.marks!r}, {op.step})")
    out, length, missing = p.fresh("v"), p.fresh("v"), p.fresh("t")
    where = f"{p.s}, {p.cursor.places}, {p.cursor.left}, {p.cursor.off}"
    p.line(f"{out}, {length}, {missing} = scan({where}, {find}, {op.require})")
    p.line(f"x.fail_if({p.s}, {missing})")
    p.assign(op.out, Value(out, "", True))
    p.assign(op.length, Value(length, "", True))
