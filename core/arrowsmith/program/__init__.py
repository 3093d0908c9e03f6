"""Programs: what reading one record does, as ops over one cursor, registers and column slots.

Invariant: a Program knows no Layout and no machine, describes one record, and holds no loop over records.
"""
