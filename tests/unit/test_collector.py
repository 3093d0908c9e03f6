"""The cycle collector is held while somebody compiles, and never left off."""

from __future__ import annotations

import gc

import pytest

from arrowsmith.collector import held


def test_it_runs_again_when_the_last_one_lets_go() -> None:
    assert gc.isenabled()
    with held():
        with held():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_an_error_lets_go() -> None:
    with pytest.raises(ZeroDivisionError), held():
        _ = 1 // 0

    assert gc.isenabled()


def test_it_stays_off_where_it_was_off() -> None:
    gc.disable()
    try:
        with held():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
