"""The stable codes of what can be wrong with a copybook, each with the rule that its page in the docs begins with.

C01 text and clauses, C02 pictures and usages, C03 structure, C04 options against each other or against the copybook.
"""

from __future__ import annotations

#: code → the rule in one line
CODES: dict[str, str] = {
    "C0101": "a clause of a data description begins with one of COBOL's clause words",
    "C0102": "a data description begins with a level number",
    "C0103": "a data description ends with a period that white space follows",
    "C0104": "a quoted literal ends on its line, or is continued by a line with - in the indicator column",
    "C0105": "a clause needs its operand: a name, a number, a literal or a word of its own",
    "C0106": "a clause stands once in a data description",
    "C0107": "a level number is 01 to 49, 66, 77, 78 or 88",
    "C0108": "COPY and REPLACE have their fixed form, and the copybook that COPY names can be read",
    "C0109": "a copybook does not copy itself",
    "C0110": "a copybook describes at least one item that is not FILLER",
    "C0201": "a picture is made of the symbols A B E G N P S U V X Z 9 0 / , . + - * CR DB and a currency sign",
    "C0202": "a repetition count in a picture is a whole number from 1 in parentheses",
    "C0203": "the symbols of a picture stand in the order that COBOL gives them",
    "C0204": "a number has at most 38 digits, the places that P stands for included",
    "C0206": "a usage goes with the pictures that COBOL allows for it",
    "C0207": "an elementary item has a picture, or a usage that needs none",
    "C0208": "an item with members has no picture",
    "C0301": "the members of a group have a higher level number than the group, and one level among themselves",
    "C0302": "REDEFINES names an item of the same level that precedes it with nothing but redefinitions between",
    "C0303": "the first item of a group redefines nothing",
    "C0304": "OCCURS repeats an item 1 to 2147483647 times, the smaller count first",
    "C0305": "DEPENDING ON names one integer item that precedes the table",
    "C0306": "a member's usage does not contradict its group's",
    "C0307": "several records in one copybook redefine each other, or the option roots says how they lie",
    "C0308": "a level 88 condition follows the item whose values it names",
    "C0309": "RENAMES names items of the record that precedes it",
    "C0310": "TYPE names a TYPEDEF that precedes it",
    "C0311": "a record has at most 2147483647 bytes",
    "C0401": "options do not contradict each other",
    "C0402": "an option that names an item of the copybook names an existing one",
    "C0404": "a code page or charset has a name that is known",
}
