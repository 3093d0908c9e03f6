"""How types are written: a declarator of pycparser becomes the text that columns carry as their type."""

from __future__ import annotations

from typing import Any

from arrowsmith_cstruct.model import ArrayOf, CType


def spelled(node: Any, made: CType) -> str:
    """The type of the declarator *node*, which means *made*: ``unsigned int``, ``char[20]``, ``struct point *``."""
    sizes = ""
    while type(node).__name__ == "ArrayDecl" and isinstance(made, ArrayOf):
        sizes += f"[{'' if made.count is None else made.count}]"
        node, made = node.type, made.element
    return _words(node) + sizes


def _words(node: Any) -> str:
    match type(node).__name__:
        case "TypeDecl" | "Typename":
            return _words(node.type)
        case "IdentifierType":
            return " ".join(node.names)
        case "Struct" | "Union" | "Enum":
            return " ".join(filter(None, (type(node).__name__.lower(), node.name)))
        case "FuncDecl":
            return f"{_words(node.type)} ()"
        case "ArrayDecl":
            return f"{_words(node.type)} []"
        case "PtrDecl":
            inner = _words(node.type)
            if type(node.type).__name__ in ("FuncDecl", "ArrayDecl"):
                return f"{inner[:-3]} (*){inner[-2:]}"
            return f"{inner}*" if inner.endswith("*") else f"{inner} *"
    return ""
