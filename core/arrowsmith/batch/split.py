"""Rows that hold rows of other tables, or that are of one of several kinds → a table for each, with keys.

A list whose field says ``arrowsmith.table`` has the rows of that table: they become rows of their own, with the number of the row around
them.  Where there is none, a struct that says so is of rows of that kind: a row goes where its struct is, all others to the top.
Invariant: the numbers of rows run through a conversion, in the order of the data.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

#: what a field's metadata calls the table that its rows are of
TABLE: Final = b"arrowsmith.table"
ROW, PARENT = "Row_Id", "Parent_Id"


def _table(of: Any) -> str:
    return str((of.metadata or {}).get(TABLE, b""), "utf-8")


def _is_rows(of: Any) -> bool:
    return bool(_table(of)) and pa.types.is_list(of.type)


def _is_kind(of: Any) -> bool:
    return bool(_table(of)) and pa.types.is_struct(of.type)


def _found(fields: Sequence[Any], test: Any) -> Iterator[tuple[int, ...]]:
    """The places of fields that pass *test*, in structs too; not inside such a field."""
    for n, one in enumerate(fields):
        if test(one):
            yield (n,)
        elif pa.types.is_struct(one.type):
            for place in _found(list(one.type), test):
                yield (n, *place)


@dataclass(frozen=True, slots=True)
class _Plan:
    """One table: the schema of its rows, and where in its rows the tables below it are."""

    name: str
    schema: pa.Schema
    below: tuple[tuple[tuple[int, ...], str], ...] = ()


@dataclass(slots=True)
class Split:
    """Takes batches of *schema*, whose rows are of table *top*, apart.  ``schemas``: table → the schema of its rows, the top first."""

    schema: pa.Schema
    top: str
    schemas: dict[str, pa.Schema] = field(default_factory=dict)
    _plans: dict[str, _Plan] = field(default_factory=dict)
    _kinds: dict[str, tuple[int, ...]] = field(default_factory=dict)
    _rows: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        fields = list(self.schema)
        if any(True for _ in _found(fields, _is_rows)):
            self._plan(self.top, fields, nested=False)
            return
        self._kinds = {_table(_at(fields, place)): place for place in _found(fields, _is_kind)}
        for name in (self.top, *self._kinds):
            gone = [place for kind, place in self._kinds.items() if kind != name]
            self._add(name, _without(fields, gone), nested=False)

    @property
    def several(self) -> bool:
        """Whether there is more than one table."""
        return len(self.schemas) > 1

    def _plan(self, name: str, fields: Sequence[Any], *, nested: bool) -> None:
        places = list(_found(fields, _is_rows))
        below = [(place, _table(_at(fields, place))) for place in places]
        self._add(name, _without(fields, places), nested=nested, below=tuple(below))
        for place, table in below:
            self._plan(table, list(_at(fields, place).type.value_type), nested=True)

    def _add(self, name: str, fields: list[Any], *, nested: bool, below: Any = ()) -> None:
        taken = {one.name for one in fields}
        keys = [_free(key, taken) for key in ((ROW, PARENT) if nested else (ROW,))]
        said: Any = self.schema.metadata
        made = pa.schema([pa.field(key, pa.int64(), nullable=False) for key in keys] + fields, said)
        self.schemas[name] = made
        self._plans[name] = _Plan(name, made, below)
        self._rows[name] = 0

    def take(self, batch: pa.RecordBatch) -> Iterator[tuple[str, pa.RecordBatch]]:
        """The rows of *batch*, table by table."""
        if not self._kinds:
            yield from self._nested(self.top, list(self.schema), list(batch.columns), batch.num_rows, None)
            return
        numbers = self._number(self.top, batch.num_rows)
        left = np.ones(batch.num_rows, np.bool_)
        for name, place in self._kinds.items():
            mine = _valid(list(batch.columns), place)
            left &= ~mine
            yield name, self._kind(name, batch.filter(pa.array(mine)), numbers[mine])
        yield self.top, self._kind(self.top, batch.filter(pa.array(left)), numbers[left])

    def _number(self, name: str, count: int) -> Any:
        first = self._rows[name]
        self._rows[name] += count
        return np.arange(first, first + count, dtype=np.int64)

    def _kind(self, name: str, batch: pa.RecordBatch, numbers: Any) -> pa.RecordBatch:
        gone = [place for kind, place in self._kinds.items() if kind != name]
        columns = _columns_without(list(batch.schema), list(batch.columns), gone)
        return pa.RecordBatch.from_arrays([pa.array(numbers), *columns], schema=self.schemas[name])

    def _nested(
        self, name: str, fields: Sequence[Any], columns: Sequence[Any], count: int, around: Any
    ) -> Iterator[tuple[str, pa.RecordBatch]]:
        plan = self._plans[name]
        numbers = self._number(name, count)
        own = _columns_without(fields, columns, [place for place, _ in plan.below])
        keys = [pa.array(numbers)] + ([] if around is None else [pa.array(around)])
        yield name, pa.RecordBatch.from_arrays([*keys, *own], schema=plan.schema)
        for place, table in plan.below:
            rows = _column_at(columns, place)
            lengths: Any = pc.fill_null(pc.list_value_length(rows), 0)
            items = rows.flatten()
            inside = list(_at(fields, place).type.value_type)
            yield from self._nested(
                table, inside, items.flatten(), len(items), np.repeat(numbers, lengths.to_numpy(zero_copy_only=False))
            )


def _free(name: str, taken: set[str]) -> str:
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    return found


def _at(fields: Sequence[Any], place: tuple[int, ...]) -> Any:
    found = fields[place[0]]
    return found if len(place) == 1 else _at(list(found.type), place[1:])


def _column_at(columns: Sequence[Any], place: tuple[int, ...]) -> Any:
    """The column at *place*, null where a struct around it is."""
    found = columns[place[0]]
    return found if len(place) == 1 else _column_at(found.flatten(), place[1:])


def _valid(columns: Sequence[Any], place: tuple[int, ...]) -> Any:
    there: Any = pc.is_valid(_column_at(columns, place))
    return there.to_numpy(zero_copy_only=False)


def _inside(places: Sequence[tuple[int, ...]], number: int) -> list[tuple[int, ...]]:
    return [place[1:] for place in places if place[0] == number and len(place) > 1]


def _without(fields: Sequence[Any], gone: Sequence[tuple[int, ...]]) -> list[Any]:
    """*fields* without those at the places *gone*, and without structs that are left with nothing."""
    kept = []
    for n, one in enumerate(fields):
        if (n,) in gone:
            continue
        if inside := _inside(gone, n):
            members = _without(list(one.type), inside)
            if members:
                kept.append(one.with_type(pa.struct(members)))
        else:
            kept.append(one)
    return kept


def _columns_without(fields: Sequence[Any], columns: Sequence[Any], gone: Sequence[tuple[int, ...]]) -> list[Any]:
    """*columns*, which are of *fields*, as `_without` keeps these."""
    kept = []
    for n, (one, column) in enumerate(zip(fields, columns, strict=True)):
        if (n,) in gone:
            continue
        if inside := _inside(gone, n):
            members = _without(list(one.type), inside)
            if members:
                own = [column.field(i) for i in range(one.type.num_fields)]
                arrays = _columns_without(list(one.type), own, inside)
                kept.append(pa.StructArray.from_arrays(arrays, fields=members, mask=pc.is_null(column)))
        else:
            kept.append(column)
    return kept
