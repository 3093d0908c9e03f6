"""The rules that a Layout must keep: each a function from what is to be looked at to what is wrong, under its own error code.

Invariant: a rule of ``form`` looks at any Layout; all others may rely on those of ``form``.
"""
