"""pycparser's tree becomes types: typedefs, tags and enumerators are resolved, sizes computed, members placed.

Invariant: a type that another holds is complete; what is refused names the token to blame.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from arrowsmith.diagnostics import nearest
from arrowsmith_cstruct.abi import Abi, basic, integer, pointer, standard
from arrowsmith_cstruct.constants import Evaluator, NoConstant
from arrowsmith_cstruct.members import Draft, alignment, check_members, member
from arrowsmith_cstruct.model import Aggregate, ArrayOf, CType, Enumerated, Scalar, bottom
from arrowsmith_cstruct.nodes import Nodes
from arrowsmith_cstruct.outline import Block, Outline
from arrowsmith_cstruct.packing import Packing
from arrowsmith_cstruct.parsing import Tree
from arrowsmith_cstruct.placing import Item, place
from arrowsmith_cstruct.sheet import Sheet
from arrowsmith_cstruct.sites import Site, Sites
from arrowsmith_cstruct.spelling import spelled

#: What a record may have at most.
MOST_BYTES = (1 << 31) - 1
MOST_COLUMNS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Everything that is known of a sheet before its declarations are read."""

    sheet: Sheet
    outline: Outline
    tree: Tree
    sites: Sites
    packing: Packing
    abi: Abi
    bit_fields: Literal["sysv", "ms"]


@dataclass(slots=True)
class Declared:
    """What was declared: ``tags`` by their names, ``types`` by typedef, ``order``: structs and unions as they were completed."""

    tags: dict[str, Aggregate | Enumerated] = field(default_factory=dict)
    types: dict[str, CType] = field(default_factory=dict)
    enumerators: dict[str, int] = field(default_factory=dict)
    order: list[Aggregate] = field(default_factory=list)


def read_declarations(context: Context) -> Declared:
    """The types that the tree of *context* declares."""
    reader = _Reader(context)
    for node in context.tree.declarations:
        reader.declaration(node)
    reader.check_attributes()
    return reader.declared


class _Reader:
    def __init__(self, context: Context) -> None:
        self.context = context
        self.tokens = context.outline.tokens
        self.nodes = Nodes(context.sheet, self.tokens, context.tree)
        self.declared = Declared()
        self.known: dict[int, Aggregate | Enumerated] = {}
        self.evaluator = Evaluator(
            name=self.declared.enumerators.get,
            size=lambda node: self.type(node).size,
            align=lambda node: self.type(node).align,
            cast=self.cast,
            long=context.abi.long,
            word=context.abi.pointer,
        )

    # --- declarations ---

    def declaration(self, node: Any) -> None:
        self.nodes.at(node)
        match type(node).__name__:
            case "Typedef" if type(node.type).__name__ != "FuncDecl":
                self.typedef(node)
            case "Decl" | "Typedef":  # variables and functions count only for the types that they define on their way
                self.define(node.type)
            case "StaticAssert":
                self.claim(node)

    def typedef(self, node: Any) -> None:
        made = self.type(node.type, opaque=True)
        earlier = self.declared.types.get(node.name)
        if earlier is not None and earlier != made:
            raise self.nodes.refusal("H0204", f"{node.name} is already another type", self.nodes.name(node))
        self.declared.types[node.name] = made
        if isinstance(made, Aggregate):
            made.names.append(node.name)

    def define(self, node: Any) -> None:
        """Define the struct, union or enumeration at the bottom of a declarator."""
        while hasattr(node, "type"):
            node = node.type
        if type(node).__name__ in ("Struct", "Union", "Enum"):
            self.tagged(node)

    def claim(self, node: Any) -> None:
        """_Static_assert: what it says must hold here as it does for the compiler."""
        if not self.constant(node.cond, "what _Static_assert says"):
            raise self.nodes.refusal(
                "H0208",
                "what this says does not hold",
                self.nodes.at(node),
                help="are the options abi, packing and bit_fields those of the program that wrote the data?",
            )

    def check_attributes(self) -> None:
        """Refuse attributes that are of nothing."""
        attribute = self.context.sites.unused(self.context.tree.lines)
        if attribute is not None:
            raise self.context.sheet.refusal(
                "H0108",
                f"the attribute {attribute.name} is of no struct, union or member here",
                attribute.start,
                attribute.end,
                help="write it right behind the closing brace, or behind the name of a member",
            )

    # --- types ---

    def type(self, node: Any, *, opaque: bool = False) -> CType:
        """The type of a declarator.  *opaque*: it may be one that only pointers can be made of."""
        match type(node).__name__:
            case "TypeDecl":
                return self.specified(node.type, opaque=opaque)
            case "Typename":
                return self.type(node.type)
            case "PtrDecl":
                self.define(node)
                return pointer(self.context.abi)
            case "ArrayDecl":
                return self.array(node)
        raise self.nodes.refusal("H0203", "a function is no type of data", self.nodes.at(node))

    def array(self, node: Any) -> ArrayOf:
        element = self.type(node.type)
        token = self.nodes.at(node)
        inner = bottom(element)
        endless = isinstance(element, ArrayOf) and element.count is None
        if endless or (isinstance(inner, Aggregate) and inner.flexible):
            raise self.nodes.refusal("H0205", "the elements of an array have a known size", token)
        text = spelled(node.type, element)
        if node.dim is None:
            return ArrayOf(element=element, count=None, text=text)
        count = self.constant(node.dim, "the number of elements")
        if not 1 <= count <= MOST_BYTES:
            raise self.nodes.refusal(
                "H0205",
                f"an array of {count} elements",
                token,
                help="write [] for an array that takes the rest of its record" if count == 0 else "",
            )
        return ArrayOf(element=element, count=count, text=text)

    def specified(self, node: Any, *, opaque: bool) -> CType:
        """The type that the words before a declarator mean."""
        token = self.nodes.at(node)
        if type(node).__name__ in ("Struct", "Union", "Enum"):
            made: CType = self.tagged(node)
        elif type(node).__name__ == "IdentifierType":
            made = self.worded(node, token, opaque)
        else:
            raise self.nodes.refusal("H0203", "this is no type that data can have", token)
        if isinstance(made, Aggregate) and not made.complete and not opaque:
            close = nearest(made.tag, [tag for tag, other in self.declared.tags.items() if other is not made])
            raise self.nodes.refusal(
                "H0202",
                f"{made.said} is not defined before this point",
                token,
                help=f"did you mean {close}?" if close else "",
            )
        return made

    def worded(self, node: Any, token: int, opaque: bool) -> CType:
        """The type that a name, or words of C, mean."""
        if len(node.names) == 1:
            name = node.names[0]
            found = self.declared.types.get(name) or standard(name, self.context.abi)
            if found is not None:
                return found
            if name == "void" and opaque:
                return integer(1, False, self.context.abi)  # of no use but to pointers, which need not know
        made = basic(node.names, self.context.abi)
        if isinstance(made, str):
            help = "declare it as an array of unsigned char" if made.endswith("columns can have") else ""
            raise self.nodes.refusal("H0203", made, token, help=help)
        return made

    def tagged(self, node: Any) -> Aggregate | Enumerated:
        """The struct, union or enumeration of *node*, defined now where it has a body.  One node may be of several declarators."""
        if id(node) not in self.known:
            make = self.enumeration if type(node).__name__ == "Enum" else self.aggregate
            self.known[id(node)] = make(node, self.nodes.at(node))
        return self.known[id(node)]

    def tag(self, node: Any, kind: str, token: int) -> Aggregate | Enumerated | None:
        """What has the tag of *node* so far."""
        found = self.declared.tags.get(node.name) if node.name else None
        if found is not None and (found.kind if isinstance(found, Aggregate) else "enum") != kind:
            raise self.nodes.refusal("H0204", f"{node.name} is already the tag of something else", token)
        return found

    # --- enumerations ---

    def enumeration(self, node: Any, token: int) -> Enumerated:
        found = self.tag(node, "enum", token)
        if node.values is None:
            if not isinstance(found, Enumerated):
                raise self.nodes.refusal("H0202", f"enum {node.name} is not defined before this point", token)
            return found
        if found is not None:
            raise self.nodes.refusal("H0204", f"enum {node.name} is defined twice", token)
        labels: dict[int, str] = {}
        value = -1
        for each in node.values.enumerators:
            if type(each).__name__ != "Enumerator":
                continue
            at = self.nodes.at(each)
            value = value + 1 if each.value is None else self.constant(each.value, f"the value of {each.name}")
            if each.name in self.declared.enumerators:
                raise self.nodes.refusal("H0204", f"{each.name} is already a constant", at)
            self.declared.enumerators[each.name] = value
            labels.setdefault(value, each.name)
        made = Enumerated(base=self.base(labels, token), labels=tuple(labels.items()))
        if node.name:
            self.declared.tags[node.name] = made
        return made

    def base(self, values: dict[int, str], token: int) -> Scalar:
        """The integer type of an enumeration of *values*: as gcc has it, or an int where the ABI says so."""
        low, high = min(values, default=0), max(values, default=0)
        signs = (True,) if low < 0 else (True, False) if self.context.abi.signed_enums else (False,)
        for size in (4, 8):
            for signed in signs:
                least, most = (-1 << (size * 8 - 1), 1 << (size * 8 - 1)) if signed else (0, 1 << (size * 8))
                if least <= low and high < most:
                    return integer(size, signed, self.context.abi)
        raise self.nodes.refusal("H0207", "no integer type holds all values of this enumeration", token)

    # --- structs and unions ---

    def aggregate(self, node: Any, token: int) -> Aggregate:
        kind: Literal["struct", "union"] = "struct" if type(node).__name__ == "Struct" else "union"
        found = self.tag(node, kind, token)
        made = (
            found
            if isinstance(found, Aggregate)
            else Aggregate(kind=kind, tag=node.name or "", span=self.nodes.span(token))
        )
        if node.name:
            self.declared.tags[node.name] = made
        if node.decls is None:
            return made
        if made.complete:
            raise self.nodes.refusal("H0204", f"{made.said} is defined twice", token)
        opening = next(i for i in range(token, len(self.tokens)) if self.tokens[i].text == "{")
        block = next(b for b in self.context.outline.blocks() if b.opening == opening)
        self.known[id(node)] = made
        self.complete(made, node, block)
        return made

    def complete(self, made: Aggregate, node: Any, block: Block) -> None:
        """Place the members of *made*, whose body is *block*."""
        start, end = self.tokens[block.opening].start, self.tokens[block.closing].start
        for line, _ in self.context.packing.lines:
            if start < line < end:
                help = "put it before or behind the declaration"
                raise self.context.sheet.refusal(
                    "H0105", "this #pragma pack stands inside a declaration", line, help=help
                )
        own = self.context.sites.of_block(block)
        drafts = list(self.drafts(node, block, any(a.name == "packed" for a in own)))
        check_members(self.nodes, made, drafts, block.keyword)
        placed = place(
            [draft.item for draft in drafts],
            union=made.kind == "union",
            rule=self.context.bit_fields,
            pack=self.context.packing.at(start),
            natural=self.context.packing.natural,
            aligned=alignment(self.context.sheet, own),
        )
        made.members = tuple(
            member(self.nodes, draft, at) for draft, at in zip(drafts, placed.places, strict=True) if draft.reads
        )
        made.span = self.nodes.span(block.keyword)
        made.size, made.align = placed.size, placed.align
        made.columns = sum(member.type.columns for member in made.members)
        made.comment = self.context.sites.above(block)
        made.top = block.parent is self.context.outline.file
        made.complete = True
        if made.size > MOST_BYTES or made.columns > MOST_COLUMNS:
            what = f"{made.size:,} bytes" if made.size > MOST_BYTES else f"{made.columns:,} columns"
            raise self.nodes.refusal("H0303", f"{made.said} has {what}", block.keyword)
        self.declared.order.append(made)

    def drafts(self, node: Any, block: Block, packed: bool) -> Iterator[Draft]:
        """The members that the nodes of a struct declare, in order."""
        decls = [(decl, self.nodes.name(decl)) for decl in node.decls if type(decl).__name__ == "Decl"]
        sites = self.context.sites.of_members(block, [token for decl, token in decls if decl.name is not None])
        for decl, token in decls:
            kind = type(decl.type).__name__
            if decl.name is None and decl.bitsize is None and (kind == "Enum" or getattr(decl.type, "name", None)):
                self.define(decl.type)  # a tag or constants and no member
                continue
            if decl.name is None and decl.bitsize is None and kind not in ("Struct", "Union"):
                raise self.nodes.refusal("H0209", "this member has no name", token)
            yield self.draft(decl, token, sites.get(token, Site()) if decl.name is not None else Site(), packed)
        for decl in node.decls:
            if type(decl).__name__ == "StaticAssert":
                self.claim(decl)

    def draft(self, decl: Any, token: int, site: Site, packed: bool) -> Draft:
        self.nodes.here = token
        made = (
            self.specified(decl.type, opaque=False)
            if decl.name is None and decl.bitsize is None
            else self.type(decl.type)
        )
        inner = bottom(made)
        if isinstance(inner, Aggregate):
            inner.held = True
        packed = packed or any(a.name == "packed" for a in site.attributes)
        aligned = alignment(self.context.sheet, site.attributes)
        width = None if decl.bitsize is None else self.width(decl, made, token)
        if aligned and width is not None:
            raise self.nodes.refusal("H0108", "a bit field is aligned as its type is", token)
        item = Item(
            size=made.size, align=made.align, width=width, named=decl.name is not None, packed=packed, aligned=aligned
        )
        return Draft(decl, token, made, site, item)

    def width(self, decl: Any, made: CType, token: int) -> int:
        said = decl.name or "a bit field without a name"
        base = made.base if isinstance(made, Enumerated) else made
        if not isinstance(base, Scalar) or base.kind not in ("integer", "bool", "character") or base.size > 8:
            raise self.nodes.refusal(
                "H0206", f"{said} is a bit field of a type that is no integer of up to 64 bits", token
            )
        width = self.constant(decl.bitsize, f"the width of {said}")
        most = 1 if base.kind == "bool" else base.size * 8
        if not 0 <= width <= most:
            raise self.nodes.refusal("H0206", f"{said} has {width} bits, and its type has {most}", token)
        if width == 0 and decl.name is not None:
            help = "only a bit field without a name may have width 0"
            raise self.nodes.refusal("H0206", f"{said} has no bits", token, help=help)
        return width

    # --- constants ---

    def constant(self, node: Any, what: str) -> int:
        """The value of an expression that must be a constant integer."""
        try:
            return self.evaluator.evaluate(node)
        except NoConstant as error:
            raise self.nodes.refusal(
                "H0207", f"{what} is no constant integer: {error}", self.nodes.at(error.node)
            ) from None

    def cast(self, node: Any) -> tuple[int, bool] | None:
        made = self.type(node)
        base = made.base if isinstance(made, Enumerated) else made
        if isinstance(base, Scalar) and base.kind in ("integer", "character") and base.size <= 8:
            return base.size * 8, base.signed
        return None
