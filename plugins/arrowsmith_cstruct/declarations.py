"""pycparser's tree becomes types: typedefs, tags and enumerators are resolved, sizes computed, members placed.

Invariant: a type that another holds is complete; what is refused names the token to blame.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from arrowsmith.diagnostics import Span, nearest
from arrowsmith.errors import DictionaryError
from arrowsmith_cstruct.abi import Abi, basic, pointer, standard
from arrowsmith_cstruct.attributes import Attribute
from arrowsmith_cstruct.comments import Remarks
from arrowsmith_cstruct.constants import Evaluator, NoConstant
from arrowsmith_cstruct.model import Aggregate, ArrayOf, CType, Enumerated, Member, Scalar
from arrowsmith_cstruct.outline import Block, Outline, Statement
from arrowsmith_cstruct.packing import Packing
from arrowsmith_cstruct.parsing import Tree
from arrowsmith_cstruct.placing import Item, place
from arrowsmith_cstruct.sheet import Sheet
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
    remarks: Remarks
    packing: Packing
    attributes: Sequence[Attribute]
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
    reader.file()
    return reader.declared


@dataclass(slots=True)
class _Draft:
    """A member before it is placed.  ``token``: that of its name, or of what stands for it."""

    node: Any
    token: int
    type: CType
    width: int | None
    item: Item


class _Reader:
    def __init__(self, context: Context) -> None:
        self.context = context
        self.tokens = context.outline.tokens
        self.declared = Declared()
        self.known: dict[int, CType] = {}
        self.evaluator = Evaluator(
            name=self.declared.enumerators.get,
            size=lambda node: self.whole(node).size,
            align=lambda node: self.whole(node).align,
            cast=self.cast,
            long=context.abi.long,
            word=context.abi.pointer,
        )
        self.attributes = _by_keyword(context)
        self.here = 0

    # --- messages ---

    def refusal(self, code: str, message: str, token: int, *, label: str = "", help: str = "") -> DictionaryError:
        """The error *code* at the token of that index; where there is none, at the one last read."""
        at = self.tokens[token if token >= 0 else self.here]
        return self.context.sheet.refusal(code, message, at.start, at.end, label=label, help=help)

    def at(self, node: Any) -> int:
        """The index of the token at which *node* stands, or of the last one that is known."""
        token = self.context.tree.token(node)
        if token >= 0:
            self.here = token
        return self.here

    def span(self, token: int) -> Span:
        at = self.tokens[token]
        return self.context.sheet.span(at.start, at.end)

    # --- the file ---

    def file(self) -> None:
        for node in self.context.tree.declarations:
            self.at(node)
            match type(node).__name__:
                case "Typedef":
                    self.typedef(node)
                case "Decl":  # variables and functions that define a type on their way
                    self.define(node.type)
                case "StaticAssert":
                    self.claim(node)
        self.unused()

    def typedef(self, node: Any) -> None:
        if self.is_function(node.type):
            return  # a type of functions: only pointers to it can be members, and those need not know it
        made = self.type(node.type, opaque=True)
        earlier = self.declared.types.get(node.name)
        if earlier is not None and earlier != made:
            raise self.refusal("H0204", f"{node.name} is already another type", self.name(node))
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
        """_Static_assert: what it says must hold for the layout here as it does for the compiler."""
        if not self.constant(node.cond, "what _Static_assert says"):
            raise self.refusal(
                "H0208",
                "what this says does not hold",
                self.at(node),
                help="are the options abi, packing and bit_fields those of the program that wrote the data?",
            )

    def unused(self) -> None:
        """Refuse attributes that are of nothing."""
        for attributes in self.attributes.values():
            for attribute in attributes:
                raise self.context.sheet.refusal(
                    "H0108",
                    f"the attribute {attribute.name} belongs to no struct, union or member here",
                    attribute.start,
                    attribute.end,
                    help="write it right behind the closing brace, or behind the name of a member",
                )

    # --- types ---

    def type(self, node: Any, *, opaque: bool = False) -> CType:
        """The type of a declarator.  *opaque*: it may be a struct that is not complete."""
        match type(node).__name__:
            case "TypeDecl":
                return self.specified(node.type, opaque=opaque)
            case "Typename":
                return self.type(node.type, opaque=opaque)
            case "PtrDecl":
                self.define(node)
                return pointer(self.context.abi)
            case "ArrayDecl":
                return self.array(node)
        raise self.refusal("H0203", "a function is no type of data", self.at(node))

    def is_function(self, node: Any) -> bool:
        return type(node).__name__ == "FuncDecl"

    def array(self, node: Any) -> ArrayOf:
        element = self.type(node.type)
        if isinstance(element, ArrayOf) and element.count is None or isinstance(element, Aggregate) and element.flexible:
            raise self.refusal("H0205", "the elements of an array have a known size", self.at(node))
        if node.dim is None:
            return ArrayOf(element=element, count=None)
        count = self.constant(node.dim, "the number of elements")
        if not 1 <= count <= MOST_BYTES:
            raise self.refusal(
                "H0205",
                f"an array of {count} elements",
                self.at(node),
                help="write [] for an array that takes the rest of its record" if count == 0 else "",
            )
        return ArrayOf(element=element, count=count)

    def specified(self, node: Any, *, opaque: bool = False) -> CType:
        """The type that the words before a declarator mean."""
        if type(node).__name__ in ("Struct", "Union", "Enum"):
            made: CType = self.tagged(node)
            if isinstance(made, Aggregate) and not made.complete and not opaque:
                raise self.refusal(
                    "H0202", f"{made.said} is not defined before this point", self.at(node), help=self.like_tag(made)
                )
            return made
        if type(node).__name__ != "IdentifierType":
            raise self.refusal("H0203", "this is no type that data can have", self.at(node))
        if len(node.names) == 1:
            name = node.names[0]
            found = self.declared.types.get(name) or standard(name, self.context.abi)
            if isinstance(found, Aggregate) and not found.complete and not opaque:
                raise self.refusal("H0202", f"{found.said} is not defined before this point", self.at(node))
            if found is not None:
                return found
        made_of = basic(node.names, self.context.abi)
        if isinstance(made_of, str) and node.names == ["void"] and opaque:
            return Scalar(kind="integer", size=1, align=1, signed=False)  # typedef void x: of use to pointers only
        if isinstance(made_of, str):
            raise self.refusal(
                "H0203", made_of, self.at(node), help="declare it as an array of unsigned char" if len(node.names) > 1 else ""
            )
        return made_of

    def like_tag(self, made: Aggregate) -> str:
        close = nearest(made.tag, [tag for tag, found in self.declared.tags.items() if found is not made])
        return f"did you mean {close}?" if close else ""

    def tagged(self, node: Any) -> Aggregate | Enumerated:
        """The struct, union or enumeration of *node*, defined now where it has a body."""
        if (known := self.known.get(id(node))) is not None:
            assert isinstance(known, Aggregate | Enumerated)
            return known
        token = self.at(node)
        if type(node).__name__ == "Enum":
            made: Aggregate | Enumerated = self.enumeration(node, token)
        else:
            made = self.aggregate(node, token)
        self.known[id(node)] = made
        return made

    def tag(self, node: Any, kind: str, token: int) -> Aggregate | Enumerated | None:
        """What has the tag of *node* so far."""
        found = self.declared.tags.get(node.name) if node.name else None
        if found is not None and (found.kind if isinstance(found, Aggregate) else "enum") != kind:
            raise self.refusal("H0204", f"{node.name} is already the tag of something else", token)
        return found

    # --- enumerations ---

    def enumeration(self, node: Any, token: int) -> Enumerated:
        found = self.tag(node, "enum", token)
        if node.values is None:
            if not isinstance(found, Enumerated):
                raise self.refusal("H0202", f"enum {node.name} is not defined before this point", token)
            return found
        if found is not None:
            raise self.refusal("H0204", f"enum {node.name} is defined twice", token)
        labels: dict[int, str] = {}
        value = -1
        values = []
        for each in node.values.enumerators:
            if type(each).__name__ != "Enumerator":
                continue
            at = self.at(each)
            value = value + 1 if each.value is None else self.constant(each.value, f"the value of {each.name}")
            if each.name in self.declared.enumerators:
                raise self.refusal("H0204", f"{each.name} is already a constant", at)
            self.declared.enumerators[each.name] = value
            labels.setdefault(value, each.name)
            values.append(value)
        made = Enumerated(base=self.base(values, token), labels=tuple(labels.items()))
        if node.name:
            self.declared.tags[node.name] = made
        return made

    def base(self, values: Sequence[int], token: int) -> Scalar:
        """The integer type of an enumeration of *values*: that of gcc, and of Microsoft where enumerations are signed."""
        signed = min(values) < 0 or self.context.abi.signed_enums
        for size in (4, 8):
            bits = size * 8
            for sign in (signed, signed and min(values) < 0):
                low, high = (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) if sign else (0, (1 << bits) - 1)
                if low <= min(values) and max(values) <= high:
                    align = self.context.abi.eight if size == 8 else size
                    return Scalar(kind="integer", size=size, align=align, signed=sign)
        raise self.refusal("H0207", "no integer type holds all values of this enumeration", token)

    # --- structs and unions ---

    def aggregate(self, node: Any, token: int) -> Aggregate:
        kind: Literal["struct", "union"] = "struct" if type(node).__name__ == "Struct" else "union"
        found = self.tag(node, kind, token)
        made = found if isinstance(found, Aggregate) else Aggregate(kind=kind, tag=node.name or "", span=self.span(token))
        if node.name:
            self.declared.tags[node.name] = made
        if node.decls is None:
            return made
        if made.complete:
            raise self.refusal("H0204", f"{made.said} is defined twice", token)
        made.span = self.span(token)
        self.known[id(node)] = made
        block = self.block(token)
        self.complete(made, node, block)
        return made

    def block(self, token: int) -> Block:
        """The block of the struct or union whose word, tag or brace has the index *token*."""
        opening = next(i for i in range(token, len(self.tokens)) if self.tokens[i].text == "{")
        return next(b for b in self.context.outline.blocks() if b.opening == opening)

    def complete(self, made: Aggregate, node: Any, block: Block) -> None:
        own = self.attributes.pop(block.keyword, [])
        packed = any(attribute.name == "packed" for attribute in own)
        opening = self.tokens[block.opening]
        for start, _ in self.context.packing.lines:
            if opening.start < start < self.tokens[block.closing].start:
                raise self.context.sheet.refusal(
                    "H0105", "this #pragma pack stands inside a declaration", start, help="put it before or behind the declaration"
                )
        drafts = list(self.drafts(node, packed))
        if made.complete:
            raise self.refusal("H0204", f"{made.said} is defined twice", block.keyword)
        placed = place(
            [draft.item for draft in drafts],
            union=made.kind == "union",
            rule=self.context.bit_fields,
            pack=self.context.packing.at(opening.start),
            natural=self.context.packing.natural,
            aligned=self.alignment(own),
        )
        kept = [(draft, at) for draft, at in zip(drafts, placed.places, strict=True) if draft.width != 0]
        self.check_members(made, [draft for draft, _ in kept], block)
        made.members = tuple(self.member(draft, at, block) for draft, at in kept if self.reads(draft))
        made.size, made.align = placed.size, placed.align
        made.columns = sum(member.type.columns for member in made.members)
        made.comment = self.above(block)
        made.top = block.parent is self.context.outline.file
        made.complete = True
        if made.size > MOST_BYTES or made.columns > MOST_COLUMNS:
            what = f"{made.size:,} bytes" if made.size > MOST_BYTES else f"{made.columns:,} columns"
            raise self.refusal("H0303", f"{made.said} has {what}", block.keyword)
        self.declared.order.append(made)

    def reads(self, draft: _Draft) -> bool:
        """Whether there is something to read: not of bit fields without a name."""
        return draft.node.name is not None or isinstance(draft.type, Aggregate)

    def drafts(self, node: Any, packed: bool) -> Iterator[_Draft]:
        """The members that the nodes of a struct declare, in order."""
        for decl in node.decls:
            token = self.name(decl)
            match type(decl).__name__:
                case "Decl":
                    yield self.draft(decl, token, packed)
                case "StaticAssert":
                    self.claim(decl)

    def draft(self, decl: Any, token: int, packed: bool) -> _Draft:
        attributes = self.of_member(decl, token)
        packed = packed or any(attribute.name == "packed" for attribute in attributes)
        aligned = self.alignment(attributes)
        if decl.name is None and decl.bitsize is None and not self.is_anonymous(decl):
            raise self.refusal("H0209", "this member has no name", token)
        made = self.type(decl.type)
        if isinstance(made, Aggregate):
            made.held = True
        if decl.bitsize is None:
            item = Item(size=made.size, align=made.align, packed=packed, aligned=aligned)
            return _Draft(decl, token, made, None, item)
        if aligned:
            raise self.refusal("H0108", "the alignment of a bit field is that of its type", token)
        width = self.width(decl, made, token)
        item = Item(size=made.size, align=made.align, width=width, named=decl.name is not None, packed=packed)
        return _Draft(decl, token, made, width, item)

    def is_anonymous(self, decl: Any) -> bool:
        """Whether *decl* is a struct or union whose members count as the outer one's: it has neither a tag nor a name."""
        return type(decl.type).__name__ in ("Struct", "Union") and decl.type.name is None

    def width(self, decl: Any, made: CType, token: int) -> int:
        said = decl.name or "a bit field without a name"
        base = made.base if isinstance(made, Enumerated) else made
        integral = isinstance(base, Scalar) and base.kind in ("integer", "bool", "character") and base.size <= 8
        if not isinstance(base, Scalar) or not integral:
            raise self.refusal("H0206", f"{said} is a bit field of a type that is no integer of up to 64 bits", token)
        width = self.constant(decl.bitsize, f"the width of {said}")
        most = 1 if base.kind == "bool" else base.size * 8
        if not 0 <= width <= most:
            raise self.refusal("H0206", f"{said} has {width} bits, and its type has {most}", token)
        if width == 0 and decl.name is not None:
            raise self.refusal("H0206", f"{said} has no bits", token, help="only a bit field without a name may have width 0")
        return width

    def check_members(self, made: Aggregate, drafts: Sequence[_Draft], block: Block) -> None:
        """Refuse members that share a name, arrays without a size that are not last, and structs with nothing to read."""
        names: set[str] = set()
        for number, draft in enumerate(drafts):
            for name in _names(draft):
                if name in names:
                    raise self.refusal("H0204", f"{made.said} has two members {name}", draft.token)
                names.add(name)
            open_end = (isinstance(draft.type, ArrayOf) and draft.type.count is None) or (
                isinstance(draft.type, Aggregate) and draft.type.flexible
            )
            if open_end and (
                number < len(drafts) - 1 or number == 0 or made.kind == "union" or isinstance(draft.type, Aggregate)
            ):
                raise self.refusal(
                    "H0205",
                    f"{draft.node.name or 'this'} takes the rest of its record, and is not its last member",
                    draft.token,
                    help="give the number of elements",
                )
        if not names:
            raise self.refusal("H0209", f"{made.said} has no members", block.keyword)

    def member(self, draft: _Draft, at: int, block: Block) -> Member:
        node = draft.node
        width = f" : {draft.width}" if draft.width is not None else ""
        return Member(
            name=node.name or "",
            type=draft.type,
            place=at,
            width=draft.width,
            type_text=spelled(node.type) + width,
            comment=self.said(draft, block),
            span=self.span(draft.token),
        )

    # --- places, comments, attributes of members ---

    def name(self, node: Any) -> int:
        """The index of the token that is the name of a declaration, or of one that stands for it."""
        inner = node
        while getattr(inner, "type", None) is not None and type(inner).__name__ != "TypeDecl":
            inner = inner.type
        token = self.at(inner) if node is not inner else self.at(node)
        wanted = getattr(node, "name", None)
        if wanted and type(node).__name__ in ("Decl", "Typedef"):
            # for (*name)(…) pycparser gives the place of the parenthesis or the asterisk
            token = next((i for i in range(token, len(self.tokens)) if self.tokens[i].text == wanted), token)
        self.here = token
        return token

    def siblings(self, token: int) -> tuple[Statement, list[int]]:
        """The statement that holds the name *token*, and the names that it declares, as indices of tokens."""
        block = self.context.outline.block_at(self.tokens[token].start)
        statement = self.context.outline.statement_at(self.tokens[token].start, block)
        return statement, _declarators(self.context.outline, statement, block)

    def of_member(self, decl: Any, token: int) -> list[Attribute]:
        """The attributes of the member whose name is *token*; those before the first name are of every name."""
        if decl.name is None:
            return []
        statement, names = self.siblings(token)
        found: list[Attribute] = []
        following = next((name for name in names if name > token), statement.last + 1)
        for index in [i for i in self.attributes if statement.first <= -2 - i <= statement.last]:
            at = -2 - index
            if at <= names[0] or token < at <= following - 1:
                found += self.attributes[index]
                if token == names[-1] or at > names[0]:
                    del self.attributes[index]
        return found

    def said(self, draft: _Draft, block: Block) -> str:
        """The comment on a member."""
        if draft.node.name is None:
            return ""
        statement, names = self.siblings(draft.token)
        outline = self.context.outline
        comments = self.context.remarks.of(
            outline.boundary(statement),
            self.tokens[statement.first].start,
            [self.tokens[name].start for name in names],
            self.tokens[statement.last].end,
        )
        return comments[names.index(draft.token)] if draft.token in names else ""

    def above(self, block: Block) -> str:
        """The comment on a struct or union."""
        statement = block.around
        if statement is None:
            return ""
        return self.context.remarks.above(
            self.context.outline.boundary(statement),
            self.tokens[statement.first].start,
            self.tokens[block.opening].start,
            self.tokens[statement.last].end,
        )

    def alignment(self, attributes: Sequence[Attribute]) -> int:
        """The alignment that *attributes* ask for; 0 where they ask for none."""
        most = 0
        for attribute in attributes:
            if attribute.name != "aligned":
                continue
            text = "".join(token.text for token in attribute.operand)
            number = int(text) if text.isdecimal() else 0
            if number < 1 or number & (number - 1) or number > 1 << 16:
                raise self.context.sheet.refusal(
                    "H0210",
                    f"an alignment is a power of 2 written as a number, not {text or 'nothing'}",
                    attribute.start,
                    attribute.end,
                )
            most = max(most, number)
        return most

    # --- constants ---

    def constant(self, node: Any, what: str) -> int:
        """The value of an expression that must be a constant integer."""
        try:
            return self.evaluator.evaluate(node)
        except NoConstant as error:
            raise self.refusal("H0207", f"{what} is no constant integer: {error}", self.at(error.node)) from None

    def whole(self, node: Any) -> CType:
        return self.type(node)

    def cast(self, node: Any) -> tuple[int, bool] | None:
        made = self.type(node)
        base = made.base if isinstance(made, Enumerated) else made
        if isinstance(base, Scalar) and base.kind in ("integer", "character") and base.size <= 8:
            return base.size * 8, base.signed
        return None


def _names(draft: _Draft) -> Iterator[str]:
    """The names that a member gives to its struct: its own, or those of an anonymous struct's members."""
    if draft.node.name is not None:
        yield draft.node.name
    elif isinstance(draft.type, Aggregate):
        waiting = list(draft.type.members)
        while waiting:
            member = waiting.pop()
            if member.name:
                yield member.name
            elif isinstance(member.type, Aggregate):
                waiting += member.type.members


def _declarators(outline: Outline, statement: Statement, block: Block) -> list[int]:
    """The indices of the tokens that may be the names that *statement* declares: one for each declarator, its first word behind
    the words of the type."""
    inner = [(b.opening, b.closing) for b in block.blocks if b.around is statement]
    found: list[int] = []
    last = -1
    depth = 0
    for index in range(statement.first, statement.last + 1):
        token = outline.tokens[index]
        if any(opening <= index <= closing for opening, closing in inner):
            continue
        if token.text in "([":
            if token.text == "[" and last >= 0 and depth == 0:
                pass
            depth += token.text == "["
        elif token.text == "]":
            depth -= 1
        if depth:
            continue
        if token.kind == "name":
            if last < 0 or outline.tokens[index - 1].kind == "name" or outline.tokens[index - 1].text in ("*", "(", ",", "}"):
                last = index if last != -2 else last
        elif token.text in (":", ",", ";", "[", ")") and last >= 0:
            found.append(last)
            last = -2
        if token.text in (",", ";"):
            last = -1
    return found


def _by_keyword(context: Context) -> dict[int, list[Attribute]]:
    """Attributes by what they are of: the index of the word ``struct`` or ``union``, or −2 − the index of the token that follows."""
    tokens = context.outline.tokens
    closings = {b.closing: b for b in context.outline.blocks() if b.kind in ("struct", "union")}
    keywords = {b.keyword for b in context.outline.blocks() if b.kind in ("struct", "union")}
    counted = set(context.tree.lines)
    found: dict[int, list[Attribute]] = {}
    for attribute in context.attributes:
        before = attribute.index - 1
        if before in closings:
            key = closings[before].keyword
        elif before in keywords:
            key = before
        else:
            key = -2 - attribute.index
            if attribute.index < len(tokens) and attribute.index not in counted:
                continue  # of a function or a variable
        found.setdefault(key, []).append(attribute)
    return found
