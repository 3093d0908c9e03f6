"""The stable codes of what can be wrong with a description, each with the rule that its page in the docs begins with.

K01 the document, K02 keys and their values, K03 names, K04 expressions, K05 what is described and cannot be read.
"""

from __future__ import annotations

#: code → the rule in one line
CODES: dict[str, str] = {
    "K0101": "a description is a YAML document",
    "K0102": "a document is a mapping of bounded size",
    "K0103": "a file that a description imports can be read, and says the name that it is imported by",
    "K0201": "a mapping has the keys that belong there",
    "K0202": "a key has a value of the kind that it takes",
    "K0203": "keys that belong together stand together, those that exclude each other do not",
    "K0204": "a description says its id, and the version of the language that it needs is one that is known",
    "K0205": "a number whose bytes have an order says which, or the type around it does",
    "K0206": "a string says its encoding, and it is a known one",
    "K0301": "a name begins with a lower-case letter and goes on with those, digits and _",
    "K0302": "a name stands once among the parameters, the sequence and the instances of a type",
    "K0303": "a type has a name that is known where it is used",
    "K0304": "an enumeration has a name that is known where it is used, and the label that is asked of it",
    "K0305": "a name in an expression is one of what the type at hand has",
    "K0401": "an expression keeps to the grammar of the expression language",
    "K0402": "an operator, method or key gets a value of a type that it takes",
    "K0403": "a value has the property or method that is asked of it",
    "K0404": "the size of what is measured is the same in all data",
    "K0405": "the values of instances do not depend on themselves",
    "K0501": "a type does not hold itself more often than the option recursion says",
    "K0502": "what an expression looks up is read before it is needed",
    "K0503": "the process, type or method has a meaning here",
    "K0504": "the option rows names a repeated field of the description",
}
