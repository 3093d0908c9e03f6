"""The Layout: what a dictionary means, in no dictionary's language.  A tree of nodes over physical types and expressions.

Invariant: a Layout knows no format, no Program and no machine.
"""
