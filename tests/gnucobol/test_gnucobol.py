"""Files of GnuCOBOL's programs, which we generate: arrowsmith reads what they printed.  Run by ``tox -e gnucobol``."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from comparing import differences
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from programs import COBC, SYSTEMS, run
from records import records

pytestmark = pytest.mark.skipif(COBC is None, reason="this machine has no cobc (Debian: gnucobol3)")
#: Programs of each compiler; of RECORDS records each.
PROGRAMS = int(os.environ.get("GNUCOBOL_PROGRAMS", "50"))
RECORDS = 6


@pytest.mark.parametrize("signs", ["ASCII", "EBCDIC"])
@pytest.mark.parametrize("std", SYSTEMS)
def test_what_a_program_printed_is_what_is_read(std: str, signs: str) -> None:
    """Every item of every record of a program has the value that the program printed."""
    system = SYSTEMS[std]

    @settings(max_examples=PROGRAMS, deadline=None, suppress_health_check=list(HealthCheck), report_multiple_bugs=False)
    @given(st.data())
    def check(data: st.DataObject) -> None:
        drawn = [data.draw(records(f"R{n}", wide=system.wide)) for n in range(RECORDS)]
        slide = data.draw(st.booleans())
        framed = data.draw(st.booleans())
        emitter = data.draw(st.sampled_from(["auto", "vm"]))
        edited = data.draw(st.sampled_from(["text", "number"]))
        in_ebcdic = signs == "EBCDIC" and data.draw(st.booleans())
        with tempfile.TemporaryDirectory() as folder:
            written = run(drawn, system, Path(folder), slide=slide, signs=signs)
        for one in written:
            note(one.copybook)
            found = list(
                differences(
                    one,
                    system,
                    in_ebcdic=in_ebcdic,
                    slide=slide,
                    framed=framed,
                    emitter=emitter,
                    edited=edited,
                    signs=signs,
                )
            )
            assert not found, "\n".join([one.copybook, *found])

    check()
