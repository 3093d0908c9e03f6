"""The stable codes of what can be wrong with C declarations, each with the rule that its page in the docs begins with.

H01 text and preprocessor, H02 types and members, H03 the record, H04 options against each other or against the declarations.
"""

from __future__ import annotations

#: code → the rule in one line
CODES: dict[str, str] = {
    "H0101": "what a comment, a bracket or a brace opens is closed again",
    "H0102": "the text is made of the characters and literals of C",
    "H0103": "of the preprocessor there are #include, #define of an integer, #pragma pack and include guards",
    "H0104": "a macro that is used stands for an integer",
    "H0105": "#pragma pack has one of its forms, and stands between declarations",
    "H0106": "the text is made of declarations of C",
    "H0107": "declarations nest at most 100 deep",
    "H0108": "an extension of a compiler is one that is known here",
    "H0201": "a type is named after it is defined",
    "H0202": "what is held by value is defined before",
    "H0203": "a member's type is one that data can have",
    "H0204": "a name is given to one thing",
    "H0205": "an array has a whole number of elements, at least 1; only the last member may leave it out",
    "H0206": "a bit field is part of an integer, and no wider",
    "H0207": "a size, a width or a value of an enumeration is a constant integer",
    "H0208": "what _Static_assert says is so",
    "H0209": "a struct or union has at least one member with a name",
    "H0210": "an alignment is a power of 2",
    "H0301": "the declarations define at least one struct or union",
    "H0302": "one struct is the record: only one is held by no other, or the option root names it",
    "H0303": "a record has at most 2147483647 bytes and 20000 columns",
    "H0304": "a bit field lies within 8 bytes",
    "H0401": "options do not contradict each other",
    "H0402": "an option that names something of the declarations names one existing thing",
    "H0403": "a charset has a name that is known",
    "H0404": "the format needs pycparser",
}
