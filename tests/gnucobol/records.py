"""Record descriptions for GnuCOBOL's programs: trees of items, and Hypothesis strategies that draw them.

Invariant: what is drawn is COBOL that cobc compiles under every ``-std`` that `SYSTEMS` of `programs` names; names are the
program's own, so that no reference needs qualification.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from typing import Any, Literal

from hypothesis import strategies as st

#: Rows of each file.
ROWS = 3
#: Most digits of a number of usage DISPLAY or COMP-3.
MOST_DIGITS = 38

Kind = Literal["number", "edited", "text", "float", "index", "filler", "group"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Node:
    """One item.  ``clauses``: what stands behind its name, OCCURS and REDEFINES apart.  ``values``: literals that the program
    moves to it, in turn.  ``places``: digits before and behind the point of the greatest value.  ``display``: its bytes are
    characters.  ``views``: items that redefine it.  ``counter``: of an OCCURS DEPENDING ON, the item that counts."""

    name: str = "FILLER"
    kind: Kind
    clauses: str = ""
    values: tuple[str, ...] = ()
    places: tuple[int, int] = (0, 0)
    display: bool = False
    members: tuple[Node, ...] = ()
    views: tuple[Node, ...] = ()
    most: int = 0
    least: int = 0
    counter: Node | None = None
    conditions: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:  # its copybook says the rest
        return f"<{self.name}>"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # Hypothesis asks for this one
        printer.text(repr(self))


Draw = Callable[[st.SearchStrategy[Any]], Any]

_LETTERS = "ABCXYZabcxyz019 .,-+/&%()*;:<>=_?"


def literal(units: int, scale: int) -> str:
    """*units* × 10^-*scale* as a COBOL literal."""
    with localcontext(prec=60):
        text = f"{Decimal(units).scaleb(-scale):f}"
    return text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text


def _values(draw: Draw, low: int, high: int, scale: int) -> tuple[str, ...]:
    numbers = st.one_of(st.integers(low, high), st.sampled_from([low, high, 0]))
    return tuple(literal(draw(numbers), scale) for _ in range(ROWS))


def picture(draw: Draw, most: int, signed: bool, *, scaling: bool = False) -> tuple[str, int, int]:
    """A picture of at most *most* digits, its digits and its scale; *scaling*: P may stand in it."""
    digits = draw(st.one_of(st.integers(1, min(most, 9)), st.integers(1, most)))
    sign = "S" if signed else ""
    match draw(st.sampled_from(["whole", "whole", "point", "point", *(["left", "right"] if scaling else [])])):
        case "point":
            scale = draw(st.integers(1, digits))
            whole = digits - scale
            return f"{sign}{_nines(whole)}V{_nines(scale)}", digits, scale
        case "left" if digits < most:  # P counts as a digit
            places = draw(st.integers(1, min(4, most - digits)))
            point = draw(st.sampled_from(["V", ""]))
            return f"{sign}{point}P({places}){_nines(digits)}", digits, digits + places
        case "right" if digits < most:
            places = draw(st.integers(1, min(4, most - digits)))
            return f"{sign}{_nines(digits)}P({places})", digits, -places
    return f"{sign}{_nines(digits)}", digits, 0


def _nines(count: int) -> str:
    return "9" * count if count <= 3 else f"9({count})"


def _places(digits: int, scale: int) -> tuple[int, int]:
    return max(digits - scale, 0), max(scale, 0)


def _zoned(draw: Draw, name: str, inherits: bool) -> Node:
    signed = draw(st.booleans())
    text, digits, scale = picture(draw, MOST_DIGITS, signed, scaling=True)
    clauses = f"PIC {text}"
    if signed and not inherits:
        clauses += draw(
            st.sampled_from(
                ["", "", " SIGN LEADING", " SIGN IS TRAILING", " SIGN LEADING SEPARATE", " TRAILING SEPARATE CHARACTER"]
            )
        )
    # cobc 3.1 makes an item with V and BLANK WHEN ZERO a byte longer than its picture
    if not signed and not inherits and scale == 0 and draw(st.integers(0, 5)) == 0:
        clauses += " BLANK WHEN ZERO"
    top = 10**digits - 1
    values = _values(draw, -top if signed else 0, top, scale)
    return Node(name=name, kind="number", clauses=clauses, values=values, places=_places(digits, scale), display=True)


def _packed(draw: Draw, name: str) -> Node:
    usage = draw(st.sampled_from(["COMP-3", "PACKED-DECIMAL", "USAGE IS COMPUTATIONAL-3", "COMP-6"]))
    signed = usage != "COMP-6" and draw(st.booleans())
    # without P: cobc 3.1 mixes up the digits where it moves packed items with P
    text, digits, scale = picture(draw, MOST_DIGITS, signed)
    top = 10**digits - 1
    values = _values(draw, -top if signed else 0, top, scale)
    return Node(name=name, kind="number", clauses=f"PIC {text} {usage}", values=values, places=_places(digits, scale))


def _binary(draw: Draw, name: str, wide: bool) -> Node:
    """*wide*: BINARY and COMP hold what their bytes do, not what their pictures do."""
    usage = draw(st.sampled_from(["COMP", "COMP-4", "BINARY", "COMP-5", "COMP-X"]))
    signed = usage != "COMP-X" and draw(st.booleans())
    # without P: cobc 3.1 never ends where it moves zero to a binary item with P
    text, digits, scale = picture(draw, 18, signed)
    if usage == "COMP-5" and wide and digits < 3:  # cobc's -std=ibm takes a byte, IBM's manual says two
        text, digits, scale = text.partition("9")[0].rstrip("V") + "9(3)", 3, 0
    top = 10**digits - 1
    if scale == 0 and (usage == "COMP-5" or (wide and usage != "COMP-X")) and draw(st.booleans()):
        top = _storage_top(digits, signed)
    values = _values(draw, -top if signed else 0, top, scale)
    sync = draw(st.sampled_from(["", "", " SYNC", " SYNCHRONIZED RIGHT"]))
    whole, behind = _places(digits, scale)
    places = (max(whole, 20), behind)
    return Node(name=name, kind="number", clauses=f"PIC {text} {usage}{sync}", values=values, places=places)


def _storage_top(digits: int, signed: bool) -> int:
    """The greatest value of the smallest storage that any rule gives so many digits."""
    size = next(size for size in range(1, 9) if 1 << (8 * size - signed) >= 10**digits)
    return (1 << (8 * size - signed)) - 1


def _native(draw: Draw, name: str) -> Node:
    word, size = draw(
        st.sampled_from([("BINARY-CHAR", 1), ("BINARY-SHORT", 2), ("BINARY-LONG", 4), ("BINARY-DOUBLE", 8)])
    )
    sign = draw(st.sampled_from(["", " SIGNED", " UNSIGNED"]))
    signed = sign != " UNSIGNED"
    top = (1 << (8 * size - signed)) - 1
    values = _values(draw, -top - 1 if signed else 0, top, 0)
    sync = draw(st.sampled_from(["", " SYNC"]))
    return Node(name=name, kind="number", clauses=f"{word}{sign}{sync}", values=values, places=(20, 0))


def _characters_as_binary(draw: Draw, name: str) -> Node:
    size = draw(st.integers(1, 8))
    values = _values(draw, 0, (1 << (8 * size)) - 1, 0)
    return Node(name=name, kind="number", clauses=f"PIC X({size}) COMP-X", values=values, places=(20, 0))


def _float(draw: Draw, name: str) -> Node:
    usage, bits = draw(
        st.sampled_from(
            [("COMP-1", 20), ("COMP-2", 40), ("FLOAT-SHORT", 20), ("FLOAT-LONG", 40), ("FLOAT", 20), ("DOUBLE", 40)]
        )
    )
    sync = draw(st.sampled_from(["", " SYNC"]))
    top = 1 << bits
    numbers = st.integers(-top, top)
    values = tuple(f"{Decimal(draw(numbers)) / Decimal(16):f}" for _ in range(ROWS))
    return Node(name=name, kind="float", clauses=f"{usage}{sync}", values=values)


def _text(draw: Draw, name: str) -> Node:
    size = draw(st.integers(1, 20))
    clauses = f"PIC X({size})"
    form = draw(st.sampled_from(["X", "X", "A", "9", "JUST", "B"]))
    letters = _LETTERS
    match form:
        case "A":
            clauses, letters = f"PIC A({size})", "ABCXYZabc "
        case "9":
            clauses = f"PIC X({size})9A"
            letters = "0123456789"
        case "JUST":
            clauses += draw(st.sampled_from([" JUST", " JUSTIFIED RIGHT"]))
        case "B":
            clauses = f"PIC X({size})BX(2)/X0A"
    contents = st.text(letters, min_size=1, max_size=size + 3)
    values = tuple(f'"{draw(contents)}"' for _ in range(ROWS))
    conditions: tuple[tuple[str, str], ...] = ()
    if form == "X" and draw(st.booleans()):
        conditions = ((f"{name}-IS", f"VALUE {values[0]}"), (f"{name}-IN", 'VALUES "A" THRU "M" "b" THROUGH "x"'))
    return Node(name=name, kind="text", clauses=clauses, values=values, display=True, conditions=conditions)


#: edited pictures, digits, scale, whether they can show a minus
_EDITED = [
    ("ZZ9", 3, 0, False),
    ("Z(5)9.99", 8, 2, False),
    ("ZZZ,ZZ9.99-", 8, 2, True),
    ("-(4)9.9", 5, 1, True),
    ("+9(5).99", 7, 2, True),
    ("9(5).99+", 7, 2, True),
    ("+++,++9.99", 7, 2, True),
    ("***,**9.99", 8, 2, False),
    ("$$,$$9.99", 6, 2, False),
    ("$Z(4)9.99CR", 7, 2, True),
    ("ZZ9.99DB", 5, 2, False),  # cobc 3.1 reads back a number without the minus that DB is
    ("99/99/9999", 8, 0, False),
    ("9(3)B9(3)", 6, 0, False),
    ("Z(4)", 4, 0, False),
    ("Z(4).ZZ", 6, 2, False),
    ("9(4).9(3)", 7, 3, False),
    ("-9(4)", 4, 0, True),
    ("ZZ9-", 3, 0, True),
    ("*(4)9", 5, 0, False),
    ("9900", 2, 0, False),
    ("Z,ZZZ,ZZ9", 7, 0, False),  # one comma alone would be our decimal point
    ("+ZZ9V99", 5, 2, True),
]


def _edited(draw: Draw, name: str) -> Node:
    text, digits, scale, signed = draw(st.sampled_from(_EDITED))
    clauses = f"PIC {text}" + (" BLANK WHEN ZERO" if "*" not in text and draw(st.integers(0, 4)) == 0 else "")
    top = 10**digits - 1
    values = _values(draw, -top if signed else 0, top, scale)
    return Node(name=name, kind="edited", clauses=clauses, values=values, places=(10, scale), display=True)


def _index(draw: Draw, name: str) -> Node:
    values = tuple(str(draw(st.integers(1, 1000))) for _ in range(ROWS))
    return Node(name=name, kind="index", clauses=draw(st.sampled_from(["INDEX", "USAGE INDEX SYNC"])), values=values)


@dataclass(slots=True)
class Names:
    """Names that nobody has yet; ``apart``: how many tables of groups, and redefinitions, the next item lies in;
    ``views``: whether the record has redefinitions, instead of tables whose counts are in it."""

    prefix: str
    count: int = 0
    apart: int = 0
    views: bool = False

    def next(self, letter: str) -> str:
        self.count += 1
        return f"{self.prefix}-{letter}{self.count}"


def _leaf(draw: Draw, names: Names, wide: bool) -> Node:
    node = _any_leaf(draw, names, wide)
    # cobc 3.1 puts the slack between occurrences of a group before the group's last item, whose end is then in the next
    # occurrence; and aligns redefinitions.  By the standard the slack is behind the last item, and a redefinition begins
    # where the redefined item does.
    return replace(node, clauses=node.clauses.partition(" SYNC")[0]) if names.apart else node


def _any_leaf(draw: Draw, names: Names, wide: bool) -> Node:
    match draw(st.integers(0, 13)):
        case 0 | 1 | 2:
            return _zoned(draw, names.next("Z"), False)
        case 3 | 4:
            return _packed(draw, names.next("P"))
        case 5 | 6 | 7:
            return _binary(draw, names.next("B"), wide)
        case 8:
            return _native(draw, names.next("N"))
        case 9:
            return _characters_as_binary(draw, names.next("C"))
        case 10:
            return _float(draw, names.next("F"))
        case 11:
            return _edited(draw, names.next("E"))
        case 12 if draw(st.booleans()):
            return _index(draw, names.next("I"))
    return _text(draw, names.next("T"))


def _inheriting(draw: Draw, names: Names) -> Node:
    """A group whose usage, or sign, is its members'."""
    kind = draw(
        st.sampled_from(["COMP-3", "COMP", "BINARY", "COMP-4", "COMP-6", "SIGN LEADING SEPARATE", "SIGN LEADING"])
    )
    members = []
    for _ in range(draw(st.integers(1, 4))):
        if kind.startswith("SIGN"):
            members.append(_zoned(draw, names.next("Z"), True))
            continue
        signed = kind != "COMP-6" and draw(st.booleans())
        text, digits, scale = picture(draw, 18, signed)
        top = 10**digits - 1
        values = _values(draw, -top if signed else 0, top, scale)
        whole, behind = _places(digits, scale)
        places = (max(whole, 20), behind)
        members.append(Node(name=names.next("U"), kind="number", clauses=f"PIC {text}", values=values, places=places))
    return Node(name=names.next("G"), kind="group", clauses=kind, members=tuple(members))


def _group(draw: Draw, names: Names, depth: int, wide: bool) -> Node:
    if draw(st.integers(0, 3)) == 0:
        return _inheriting(draw, names)
    members: list[Node] = []
    for _ in range(draw(st.integers(1, 4))):
        members += _member(draw, names, depth - 1, wide, counted="views" if names.views else "")
    return Node(name=names.next("G"), kind="group", members=tuple(members))


def _item(draw: Draw, names: Names, depth: int, wide: bool) -> Node:
    return _group(draw, names, depth, wide) if depth > 0 and draw(st.booleans()) else _leaf(draw, names, wide)


def _apart(draw: Draw, names: Names, depth: int, wide: bool) -> Node:
    names.apart += 1
    item = _item(draw, names, depth, wide)
    names.apart -= 1
    return item


def _member(draw: Draw, names: Names, depth: int, wide: bool, *, counted: str) -> list[Node]:
    """One member of a group, or two: a count and its table.  *counted*: ``tables`` where DEPENDING ON may stand, ``views``
    where REDEFINES may: cobc 3.1 gives a redefinition that is longer than what it redefines no room where storage shifts."""
    match draw(st.integers(0, 9)):
        case 0:
            return [Node(kind="filler", clauses=f"PIC X({draw(st.integers(1, 5))})")]
        case 1 | 2:
            return [replace(_apart(draw, names, depth, wide), most=draw(st.integers(1, 4)))]
        case 3 if counted == "tables":
            least, most = draw(st.integers(0, 2)), draw(st.integers(3, 5))
            clauses, display = draw(
                st.sampled_from(
                    [("PIC 9", True), ("PIC S9(3) COMP-3", False), ("PIC 9(4) COMP", False), ("PIC 99", True)]
                )
            )
            values = tuple(str(draw(st.integers(least, most))) for _ in range(ROWS))
            count = Node(
                name=names.next("O"), kind="number", clauses=clauses, values=values, places=(5, 0), display=display
            )
            table = replace(_apart(draw, names, depth, wide), most=most, least=least, counter=count)
            return [count, table]
        case 4 if depth > 0 and counted == "views":
            views = tuple(_apart(draw, names, depth - 1, wide) for _ in range(draw(st.integers(1, 2))))
            if draw(st.booleans()):
                views = (replace(views[0], most=draw(st.integers(1, 3))), *views[1:])
            return [replace(_apart(draw, names, depth - 1, wide), views=views)]
    return [_item(draw, names, depth, wide)]


def _named(node: Node) -> bool:
    """Whether *node* gives a column."""
    return any(map(_named, node.members)) if node.kind == "group" else node.kind != "filler"


@st.composite
def records(draw: Draw, prefix: str, *, wide: bool) -> Node:
    """One record; its names begin with *prefix*."""
    names = Names(prefix)
    members: list[Node] = []
    names.views = draw(st.booleans())
    names.apart += not names.views  # no slack behind tables that vary: cobc 3.1 leaves some of it out
    for _ in range(draw(st.integers(2, 6))):
        members += _member(draw, names, 2, wide, counted="views" if names.views else "tables")
    if not any(_named(member) for member in members):
        members.append(_text(draw, names.next("T")))
    return Node(name=names.next("R"), kind="group", members=tuple(members))
