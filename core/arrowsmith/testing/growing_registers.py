"""Pieces of Programs that compute: integers, floats and texts of what was read, and what is known without reading.

Invariant: operands are registers that are written on every path.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from arrowsmith.charsets import known
from arrowsmith.program import ops as o
from arrowsmith.program.ops import Op, R
from arrowsmith.testing.growing import Gen, Known, Piece
from arrowsmith.testing.growing_fields import CODECS, TABLES

LETS = tuple(how for how in o.LET if how not in ("float", "trunc", "copy", "null", "tens"))


def _computed(g: Gen) -> None:
    how = g.one(*LETS)
    a, b = g.integer(), g.integer()
    arity = o.LET[how]
    if how in ("div", "mod", "shl", "shr") and g.number(0, 5):
        b = g.number(1, 63)
    r = g.b.value(o.Let, how=how, a=a, b=b if arity == 2 else 0, site=g.site())
    g.ints.append(r)
    g.put(r, "i64")


def _power(g: Gen) -> R | int:
    """A power of ten: one that `tens` takes, nearly always."""
    if not g.number(0, 9):
        return g.integer()
    return g.number(-128, 127) if g.yes() else g.b.value(o.Let, how="mod", a=g.integer(), b=24)


def _computed_float(g: Gen) -> None:
    if not g.floats or g.number(0, 3) == 0:
        g.floats.append(
            g.b.value(o.Let, how="float", a=g.integer())
            if g.yes()
            else g.b.value(o.Let, how="tens", a=g.integer(), b=_power(g), site=g.site())
            if g.yes()
            else g.b.value(o.Const, value=g.one(0.1, -1e300, float("inf"), -0.0, 3.0))
        )
    a = g.draw(st.sampled_from(g.floats))
    b = g.draw(st.sampled_from(g.floats)) if g.yes() else g.number(-3, 3)
    how = g.one(
        "neg",
        "abs",
        "add",
        "sub",
        "mul",
        "div",
        "mod",
        "min",
        "max",
        "eq",
        "lt",
        "ge",
        "ne",
        "trunc",
        "copy",
        "else",
        "present",
    )
    if how == "else" and not isinstance(b, R):
        b = a
    r = g.b.value(o.Let, how=how, a=a, b=b if o.LET[how] == 2 else 0, site=g.site())
    kind = g.b.registers[r.n]
    (g.floats if kind == "f64" else g.ints).append(r)
    g.put(r, kind)


def _computed_text(g: Gen) -> None:
    if not g.texts or g.number(0, 5) == 0:
        value = g.one("", "abc", "\u00e9\u20ac", b"", b"\x00\xff1")
        size = len(value.encode()) if isinstance(value, str) else len(value)
        g.texts.append(Known(g.b.value(o.Const, value=value), isinstance(value, bytes), size))
    a = g.draw(st.sampled_from(g.texts))
    how = g.one(*(name for name in o.TEXT_LET if name != "decode" or a.binary))
    given: dict[str, Any] = {"how": how, "a": a.register, "site": g.site()}
    if how == "str":
        given["a"] = g.draw(st.sampled_from(g.ints)) if g.ints else g.b.value(o.Let, how="copy", a=-12)
    elif o.TEXT_LET[how] == 2:
        alike = [t for t in g.texts if t.binary == a.binary or how != "cat"]
        given["b"] = g.draw(st.sampled_from(alike)).register
    elif how in ("slice", "byte"):
        given["low"] = g.number(0, 2)
        given |= {"high": g.number(0, 5)} if how == "slice" else {}
    elif how == "int":
        literal = g.number(0, 3) or not g.ints
        given["base"] = g.one(10, 16, 2, 36) if literal else R(g.draw(st.sampled_from(g.ints)).n)
    elif how == "decode":
        codec = g.one(*TABLES, *CODECS)
        table = known(codec)
        given["charset"] = g.b.charset(table) if table else codec
    r = g.b.value(o.TextLet, **given)
    if g.b.registers[r.n] == "i64":
        g.ints.append(r)
        g.put(r, "i64")
    else:
        text = Known(r, a.binary and how not in ("str", "decode"), None)
        g.texts.append(text)
        g.put_text(text, None)


def _asked(g: Gen) -> None:
    """Something that is known without reading."""
    choices: dict[str, tuple[type[Op], dict[str, Any]]] = {
        "tell": (o.Tell, {}),
        "remain": (o.Remain, {}),
        "extent": (o.Extent, {"root": g.yes()}),
        "param": (o.GetParam, {"index": g.b.parameter("p")}),
        "carried": (o.Carried, {"index": g.number(0, 7)}),
        "date": (
            o.Date,
            {
                "year": g.one(g.integer(), 2024, 1900),
                "month": g.one(g.integer(), 2, -1),
                "day": g.integer(),
                **g.fail(),
            },
        ),
    }
    if g.turns:
        choices["index"] = (o.GetIndex, {"up": g.number(0, g.turns - 1)})
    fetchable = [c for c in g.lists if g.b.columns[c].storage != "none"]
    if fetchable:
        choices["fetch"] = (o.Fetch, {"column": g.one(*fetchable), "index": g.integer(), "site": g.site()})
    allowed = [name for name, (cls, _) in choices.items() if g.may(cls)]
    if allowed:
        cls, given = choices[g.one(*allowed)]
        r = g.b.value(cls, **given)
        kind = g.b.registers[r.n]
        if kind == "i64":
            g.ints.append(r)
        if kind == "text":
            binary = g.b.columns[given["column"]].storage == "binary"
            g.put_text(Known(r, binary, None), None)
        else:
            g.put(r, kind)


def _labelled(g: Gen) -> None:
    if g.ints:
        r = g.b.value(o.Label, a=g.draw(st.sampled_from(g.ints)), labels=((1, "one"), (2, "zw\u00f6lf"), (-1, "")))
        g.put_text(Known(r, False, 20), 20)


def _required(g: Gen) -> None:
    if g.ints:
        test, fail = g.draw(st.sampled_from(g.ints)), g.fail()
        if fail["fail"] == "null":
            what = g.b.value(o.Let, how="copy", a=g.draw(st.sampled_from(g.ints)))
            g.b.emit(o.Require(test=test, what=what, **fail))
            g.put(what, "i64")
        elif g.number(0, 2) == 0:
            g.b.emit(o.Require(test=test, **fail))


COMPUTED: tuple[Piece, ...] = (
    (_computed, (o.Let,)),
    (_computed_float, (o.Let, o.Const)),
    (_computed_text, (o.TextLet, o.Const)),
    (_asked, ()),
    (_labelled, (o.Label,)),
    (_required, (o.Require,)),
)
