"""What the script on compiling measures compiles, and no round finds anything ready."""

from __future__ import annotations

from pathlib import Path

import pytest

from arrowsmith import registry as registries

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.mark.parametrize("emitter", ["x86-64"])
def test_rounds_compile_something_else_each(monkeypatch: pytest.MonkeyPatch, emitter: str) -> None:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import compiling  # type: ignore[import-not-found]  # on the path above

    assert compiling.copybook(40) != compiling.copybook(40)
    plan, seconds = compiling.compiled(40, registries.load())
    assert len(plan.tables[0][1].columns) == 40
    assert set(seconds) == {*compiling.STAGES, "kernel"}
    assert seconds["kernel"] >= sum(seconds[stage] for stage in compiling.STAGES) - 1e-6
