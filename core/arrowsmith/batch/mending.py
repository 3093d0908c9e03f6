"""Texts that a kernel put become those that the dictionary asks for: what stands for no character is counted, and mended.

Kernels put U+FFFD where bytes had no character, and keep control characters; both are rare, so they are looked for in whole columns, at
the speed of memory, and only what has any pays more.
Invariant: a column in which nothing is to be mended is handed on as it is.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from arrowsmith.columns import Mending

#: the utf8 of U+FFFD, the replacement character
_REPLACEMENT: Final = "\ufffd".encode()
#: characters below are controls
_SPACE: Final = 0x20
#: what is trimmed behind a replaced character: as where a charset has these
_BLANKS: Final = "".join(map(chr, range(_SPACE + 1)))
_NOWHERE: Final[Any] = np.zeros(0, np.int64)
_TRIM: Final = {"left": pc.utf8_ltrim, "right": pc.utf8_rtrim, "both": pc.utf8_trim}


def mended(how: Mending, texts: Any) -> tuple[Any, Counter[str]]:
    """*texts* (an array of strings, its offsets beginning at 0) mended, and how many characters were ``replaced`` and ``dropped``."""
    counts: Counter[str] = Counter()
    _, offsets, held = texts.buffers()
    data: Any = np.frombuffer(held, np.uint8) if held is not None else np.zeros(0, np.uint8)
    # printing ASCII, which most columns are of alone, is all that is not below a space where bytes have signs
    if not data.size or data.view(np.int8).min() >= _SPACE:
        return texts, counts
    wrong = _replacements(data) if data.max() >= _REPLACEMENT[0] else _NOWHERE
    controls = np.flatnonzero(data < _SPACE) if how.dropped and data.min() < _SPACE else _NOWHERE
    counts.update({what: n for what, n in (("replaced", wrong.size), ("dropped", controls.size)) if n})
    if not how.space:
        wrong = _NOWHERE
    if not wrong.size and not controls.size:
        return texts, counts
    data, kept = data.copy(), np.ones(data.size, np.bool_)
    data[wrong] = _SPACE
    kept[wrong + 1] = kept[wrong + 2] = kept[controls] = False
    ends: Any = np.frombuffer(offsets, np.int32, len(texts) + 1)
    touched = np.bincount(np.searchsorted(ends, wrong, "right") - 1, minlength=len(texts))
    gone = np.bincount(np.searchsorted(ends, controls, "right") - 1, minlength=len(texts)) + 2 * touched
    ends = ends - np.concatenate(([0], np.cumsum(gone)))
    found = _texts(texts, ends.astype(np.int32), data[kept])
    if how.trim == "none" or not wrong.size:
        return found, counts
    return pc.if_else(pa.array(touched > 0), _TRIM[how.trim](found, _BLANKS), found), counts


def _replacements(data: Any) -> Any:
    """Where the utf8 of each U+FFFD begins in *data*."""
    found = np.flatnonzero(data == _REPLACEMENT[0])
    return found[(data[found + 1] == _REPLACEMENT[1]) & (data[found + 2] == _REPLACEMENT[2])]


def _texts(like: Any, offsets: Any, data: Any) -> Any:
    """Texts of *data*, null where *like* is."""
    buffers = [like.buffers()[0], pa.py_buffer(offsets.data), pa.py_buffer(data.data)]
    return pa.Array.from_buffers(like.type, len(like), buffers, like.null_count)
