"""The codes of the sink's own errors, and the rule in one line that each stands for."""

from __future__ import annotations

from typing import Final

TYPE: Final = "Q0001"
OPTION: Final = "Q0002"
COLUMN: Final = "Q0003"
VALUE: Final = "Q0004"
DATASET: Final = "Q0005"

CODES: Final = {
    TYPE: "Parquet cannot hold a column of this type",
    OPTION: "pyarrow refuses this setting",
    COLUMN: "an option of one column names no column",
    VALUE: "Parquet cannot hold a value with these settings",
    DATASET: "a dataset needs a folder's path",
}
