"""Tokens become the tree of an expression, a type with arguments, or a list of expressions.

A precedence parser of the language's grammar: ternary, or, and, not, comparison, | ^ & shifts + and -, * / %, unary, then what
follows a value: calls, subscripts, casts, attributes.
Invariant: any text becomes a tree or a `SyntaxFault` that says where.
"""

from __future__ import annotations

from arrowsmith_kaitai import ast
from arrowsmith_kaitai.tokens import SyntaxFault, Token, foreign, number, tokens, unescaped

#: An expression nests at most so deep.
DEEPEST = 60

#: operators of one precedence, the loosest first; all associate to the left
_LEVELS: tuple[tuple[str, ...], ...] = (("|",), ("^",), ("&",), ("<<", ">>"), ("+", "-"), ("*", "/", "%"))
_COMPARISONS = ("==", "!=", "<=", ">=", "<", ">")
_WORDS = ("and", "or", "not")


def parse(text: str) -> ast.Expr:
    """The expression *text*.  Raises `SyntaxFault`."""
    parser = _Parser(text)
    found = parser.ternary()
    parser.finish()
    return found


def parse_type(text: str) -> ast.TypeCall:
    """The type, or process, that *text* names, with its arguments.  Raises `SyntaxFault`."""
    parser = _Parser(text)
    name = parser.type_name()
    arguments: tuple[ast.Expr, ...] = ()
    if parser.at("("):
        begun = parser.token.start
        arguments = parser.arguments()
        if not arguments:
            end = parser.tokens[parser.next - 1].end
            raise SyntaxFault("nothing stands between these parentheses", begun, end, "leave them out")
    if not arguments and parser.take_if("["):
        parser.expect("]")
        name = ast.TypeName(name.names, True, name.absolute)
    parser.finish()
    return ast.TypeCall(name, arguments, start=0, end=len(text))


class _Parser:
    """A cursor over the tokens of one text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(tokens(text))
        self.next = 0
        self.depth = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.next]

    def take(self) -> Token:
        token = self.token
        self.next += token.kind != "end"
        return token

    def at(self, *operators: str) -> bool:
        return self.token.kind == "op" and self.token.value in operators

    def word(self, *words: str) -> bool:
        return self.token.kind == "name" and self.token.value in words

    def take_if(self, operator: str) -> bool:
        if self.at(operator):
            self.next += 1
            return True
        return False

    def expect(self, operator: str) -> Token:
        if not self.at(operator):
            self.fail(f"expected {operator}, found {self.token.shown}")
        return self.take()

    def fail(self, message: str) -> None:
        token = self.token
        help = foreign(self.text, token.start) or foreign(self.text, max(0, token.start - 1))
        raise SyntaxFault(message, token.start, max(token.end, token.start + 1), help)

    def finish(self) -> None:
        if self.token.kind != "end":
            self.fail(f"expected the end of the expression, found {self.token.shown}")

    # --- from the loosest to the tightest --------------------------------------------------------------------------------

    def ternary(self) -> ast.Expr:
        self.depth += 1
        if self.depth > DEEPEST:
            self.fail(f"the expression is nested more than {DEEPEST} deep")
        test = self.logic("or")
        if self.take_if("?"):
            then = self.ternary()
            self.expect(":")
            other = self.ternary()
            test = ast.Cond(test, then, other, start=test.start, end=other.end)
        self.depth -= 1
        return test

    def logic(self, op: str) -> ast.Expr:
        left = self.logic("and") if op == "or" else self.negation()
        while self.word(op):
            self.take()
            right = self.logic("and") if op == "or" else self.negation()
            left = ast.Logic(op, left, right, start=left.start, end=right.end)
        return left

    def negation(self) -> ast.Expr:
        words: list[Token] = []
        while self.word("not"):
            words.append(self.take())
            if len(words) > DEEPEST:
                self.fail(f"the expression is nested more than {DEEPEST} deep")
        found = self.comparison()
        for token in reversed(words):
            found = ast.Unary("not", found, start=token.start, end=found.end)
        return found

    def comparison(self) -> ast.Expr:
        left = self.binary(0)
        if self.at(*_COMPARISONS):
            op = self.take().value
            right = self.binary(0)
            return ast.Compare(op, left, right, start=left.start, end=right.end)
        return left

    def binary(self, level: int) -> ast.Expr:
        if level == len(_LEVELS):
            return self.unary()
        left = self.binary(level + 1)
        while self.at(*_LEVELS[level]):
            op = self.take().value
            right = self.binary(level + 1)
            left = ast.Binary(op, left, right, start=left.start, end=right.end)
        return left

    def unary(self) -> ast.Expr:
        signs: list[Token] = []
        while self.at("+", "-", "~"):
            signs.append(self.take())
            if len(signs) > DEEPEST:
                self.fail(f"the expression is nested more than {DEEPEST} deep")
        found = self.postfix()
        for token in reversed(signs):
            if token.value == "+":
                continue
            # the least integer of 64 bits has no positive counterpart: a sign belongs to its literal
            if token.value == "-" and isinstance(found, ast.Int):
                found = ast.Int(-found.value, start=token.start, end=found.end)
            else:
                found = ast.Unary(token.value, found, start=token.start, end=found.end)
        return found

    def postfix(self) -> ast.Expr:
        found = self.atom()
        while True:
            if self.take_if("["):
                index = self.ternary()
                found = ast.Subscript(found, index, start=found.start, end=self.expect("]").end)
            elif self.take_if("."):
                token = self.take()
                if token.kind != "name":
                    self.next -= token.kind != "end"
                    self.fail(f"expected the name of an attribute, found {token.shown}")
                if token.value == "as" and self.at("<"):
                    self.take()
                    name = self.type_name()
                    found = ast.Cast(found, name, start=found.start, end=self.closed())
                elif self.at("("):
                    arguments = self.arguments()
                    found = ast.Call(
                        found, token.value, arguments, start=found.start, end=self.tokens[self.next - 1].end
                    )
                else:
                    found = ast.Attribute(found, token.value, start=found.start, end=token.end)
            else:
                return found

    def closed(self) -> int:
        """Take the > that closes a type's name; where another > stands right behind it, they are read as one operator."""
        if self.at(">>", ">="):
            token = self.token
            self.tokens[self.next] = Token("op", token.value[1:], token.start + 1, token.end)
            return token.start + 1
        return self.expect(">").end

    def arguments(self) -> tuple[ast.Expr, ...]:
        self.expect("(")
        found: list[ast.Expr] = []
        while not self.at(")"):
            if found:
                self.expect(",")
                if self.at(")"):
                    break
            found.append(self.ternary())
        self.expect(")")
        return tuple(found)

    def type_name(self) -> ast.TypeName:
        start = self.token.start
        absolute = self.take_if("::")
        names = [self.name()]
        while self.at("::", "."):
            self.take()
            names.append(self.name())
        array = self.take_if("[")
        if array:
            self.expect("]")
        return ast.TypeName(tuple(names), array, absolute, start=start, end=self.tokens[self.next - 1].end)

    def name(self) -> str:
        if self.token.kind != "name":
            self.fail(f"expected a name, found {self.token.shown}")
        return self.take().value

    # --- values ----------------------------------------------------------------------------------------------------------

    def atom(self) -> ast.Expr:
        token = self.token
        where = {"start": token.start, "end": token.end}
        match token.kind:
            case "int":
                self.take()
                if len(token.value) > 100:
                    raise SyntaxFault("a number of too many digits", token.start, token.end)
                try:
                    return ast.Int(number(token.value), **where)
                except ValueError:
                    raise SyntaxFault(f"{token.value} is no number", token.start, token.end) from None
            case "float":
                self.take()
                return ast.Real(float(token.value.replace("_", "")), **where)
            case "text":
                return self.texts()
            case "format":
                self.take()
                return ast.Format(_parts(token, self.depth), **where)
            case "name" if token.value not in _WORDS:
                return self.named()
        if self.take_if("("):
            found = self.ternary()
            self.expect(")")
            return found
        if self.take_if("["):
            return self.list(token.start)
        if self.at("::"):
            return self.label(ast.TypeName((), absolute=True))
        self.fail(f"expected a value, found {token.shown}")
        raise AssertionError

    def texts(self) -> ast.Expr:
        """A text, or several one after the other, which are one."""
        first = last = self.take()
        value = first.value
        while self.token.kind == "text":
            last = self.take()
            value += last.value
        return ast.Str(value, start=first.start, end=last.end)

    def named(self) -> ast.Expr:
        token = self.take()
        if token.value in ("sizeof", "bitsizeof") and self.at("<"):
            self.take()
            name = self.type_name()
            return ast.SizeOf(name, token.value == "bitsizeof", start=token.start, end=self.closed())
        if token.value in ("true", "false"):
            return ast.Truth(token.value == "true", start=token.start, end=token.end)
        if self.at("::"):
            return self.label(ast.TypeName((token.value,), start=token.start, end=token.end))
        return ast.Name(token.value, start=token.start, end=token.end)

    def label(self, first: ast.TypeName) -> ast.Expr:
        """An enumeration's label: names and ::, at least two names."""
        start = first.start if first.names else self.token.start
        names = list(first.names)
        while self.take_if("::"):
            names.append(self.name())
        end = self.tokens[self.next - 1].end
        if len(names) < 2:
            self.fail("expected the label of an enumeration: enum::label")
        return ast.Label(ast.TypeName(tuple(names[:-1]), False, first.absolute), names[-1], start=start, end=end)

    def list(self, start: int) -> ast.Expr:
        items: list[ast.Expr] = []
        while not self.at("]"):
            if items:
                self.expect(",")
                if self.at("]"):
                    break
            items.append(self.ternary())
        return ast.ListOf(tuple(items), start=start, end=self.expect("]").end)


def _parts(token: Token, depth: int) -> tuple[ast.Expr, ...]:
    """What a formatted text is put together of."""
    parts: list[ast.Expr] = []
    text, at, begun = token.value, 0, 0
    base = token.start + 2

    def plain(end: int) -> None:
        if end > begun:
            parts.append(ast.Str(unescaped(text[begun:end], base + begun), start=base + begun, end=base + end))

    while at < len(text):
        if text[at] == "\\":
            at += 2
        elif text[at] == "{":
            plain(at)
            close = _closing(text, at + 1)
            inner = text[at + 1 : close]
            try:
                if depth > DEEPEST // 2:
                    raise SyntaxFault("formatted texts are nested too deeply", 0, 1)
                nested = _Parser(inner)
                nested.depth = depth + 10
                found = nested.ternary()
                nested.finish()
            except SyntaxFault as fault:
                low = base + at + 1
                raise SyntaxFault(fault.message, low + fault.start, low + fault.end, fault.help) from None
            parts.append(found)
            at = begun = close + 1
        else:
            at += 1
    plain(len(text))
    return tuple(parts)


def _closing(text: str, at: int) -> int:
    """Where the } stands that closes what begins *at* a place; the token's grammar says that there is one."""
    quote = ""
    while quote or text[at] != "}":
        if quote == '"' and text[at] == "\\":
            at += 1
        elif text[at] == quote:
            quote = ""
        elif not quote and text[at] in "\"'":
            quote = text[at]
        at += 1
    return at
