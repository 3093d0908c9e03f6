"""The log of an `Output`, the events of sites that stored null: which frames, which sites, how often."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np

from arrowsmith.columns import Output


def entries(output: Output, below: int) -> Iterator[tuple[int, int]]:
    """(frame, site) of the log's entries of frames before *below*, sorted."""
    if output.logged:
        log = np.sort(np.frombuffer(output.log.view, np.uint64, output.logged))
        for entry in log[: int(np.searchsorted(log, below << 32))].tolist():
            yield entry >> 32, entry & 0xFFFFFFFF


def tally(output: Output, below: int) -> dict[int, int]:
    """How often each site is in the log, for frames before *below*."""
    if not output.logged:
        return {}
    log = np.frombuffer(output.log.view, np.uint64, output.logged)
    if int(log.max()) >> 32 >= below:
        log = log[log < (below << 32)]
    counts = np.bincount((log & np.uint64(0xFFFFFFFF)).astype(np.int64))
    found = np.flatnonzero(counts)
    return dict(zip(found.tolist(), counts[found].tolist(), strict=True))


def faulty(output: Output, below: int, sites: Collection[int], besides: int = -1) -> int:
    """How many frames before *below*, but for the frame *besides*, have an entry of one of *sites*."""
    log = np.frombuffer(output.log.view, np.uint64, output.logged)
    log = log[log < (below << 32)]
    chosen = np.isin(log & np.uint64(0xFFFFFFFF), np.array(sorted(sites), np.uint64))
    found = np.unique(log[chosen] >> np.uint64(32))
    return len(found) - int(besides in found)
