"""Complete Parquet files in memory, of one schema, become one file: bodies end to end, their footers made one.

A footer is a Thrift structure in the compact protocol, where numbers take as many bytes as they need; so it is copied
through, each offset into the file read, shifted, and written anew.  Page indexes are shifted alike and gathered before the
footer.  Field numbers are those of parquet.thrift (apache/parquet-format).
Invariant: nothing but offsets, ordinals and the total of rows differs from what the encoder wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, TypeAlias

from arrowsmith.errors import InternalError

MAGIC: Final = b"PAR1"
#: The length of the footer (4 bytes, little-endian) and the magic end a file.
_TAIL: Final = 8

#: Types of the compact protocol (thrift-compact-protocol.md).
_TRUE, _FALSE, _I8, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT, _UUID = range(1, 14)

#: What to do with a field: shift it, put the row group's number in it, or cut it out and keep its value.
_SHIFT, _ORDINAL, _CUT = range(3)
#: field number → what to do with it, or the rule of the structure (or of each structure in the list) that it holds.
#: Fields that a rule does not name are copied as they are.
_Rule: TypeAlias = "dict[int, int | _Rule]"

#: ColumnMetaData: data_page_offset, index_page_offset, dictionary_page_offset, bloom_filter_offset
_COLUMN_META: Final[_Rule] = {9: _SHIFT, 10: _SHIFT, 11: _SHIFT, 14: _SHIFT}
#: ColumnChunk: file_offset, meta_data; offset_index_offset and _length, column_index_offset and _length
_COLUMN_CHUNK: Final[_Rule] = {2: _SHIFT, 3: _COLUMN_META, 4: _CUT, 5: _CUT, 6: _CUT, 7: _CUT}
#: RowGroup: columns, file_offset, ordinal
_ROW_GROUP: Final[_Rule] = {1: _COLUMN_CHUNK, 5: _SHIFT, 7: _ORDINAL}
#: OffsetIndex: page_locations, each a PageLocation: offset
_OFFSET_INDEX: Final[_Rule] = {1: {1: _SHIFT}}

#: FileMetaData: num_rows and row_groups, which come one after the other
_NUM_ROWS, _ROW_GROUPS = 3, 4
#: RowGroup.ordinal is an i16 and optional: row groups beyond it go without.
_LAST_ORDINAL: Final = 0x7FFF


def _read(data: bytes, at: int) -> tuple[int, int]:
    """The unsigned varint at *at*, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def _signed(value: int) -> int:
    return (value >> 1) ^ -(value & 1)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _zigzag(value: int) -> bytes:
    return _varint((value << 1) ^ (value >> 63))


def _list_header(length: int, kind: int) -> bytes:
    return bytes([length << 4 | kind]) if length < 15 else bytes([0xF0 | kind]) + _varint(length)


def _list(data: bytes, at: int) -> tuple[int, int, int]:
    """Length and type of the elements of the list that begins at *at*, and where its first element stands."""
    header = data[at]
    length, at = (header >> 4, at + 1) if header < 0xF0 else _read(data, at + 1)
    return length, header & 0x0F, at


def _skip(data: bytes, at: int, kind: int) -> int:
    """Where the value of type *kind* ends that begins at *at*."""
    if kind in (_I16, _I32, _I64):
        while data[at] > 0x7F:
            at += 1
        return at + 1
    if kind == _BINARY:
        length, at = _read(data, at)
        return at + length
    if kind in (_TRUE, _FALSE):  # the field's type is its value
        return at
    if kind == _STRUCT:
        while header := data[at]:
            at += 1
            if header < 0x10:
                at = _skip(data, at, _I16)
            kind = header & 0x0F
            if _I16 <= kind <= _I64:  # most fields are numbers: a call for each would be half of the time
                while data[at] > 0x7F:
                    at += 1
                at += 1
            else:
                at = _skip(data, at, kind)
        return at + 1
    if kind in (_LIST, _SET):
        length, element, at = _list(data, at)
        for _ in range(length):
            at = _skip_element(data, at, element)
        return at
    if kind == _MAP:
        length, at = _read(data, at)
        if length:
            kinds, at = data[at], at + 1
            for _ in range(length):
                at = _skip_element(data, _skip_element(data, at, kinds >> 4), kinds & 0x0F)
        return at
    if kind in (_I8, _DOUBLE, _UUID):
        return at + {_I8: 1, _DOUBLE: 8, _UUID: 16}[kind]
    raise InternalError(f"a Parquet footer holds a Thrift value of type {kind}, which there is not", code="I0001")


def _skip_element(data: bytes, at: int, kind: int) -> int:
    """As `_skip`, in a list, set or map: there a boolean takes a byte."""
    return at + 1 if kind in (_TRUE, _FALSE) else _skip(data, at, kind)


class _Copy:
    """Copies Thrift structures from *data* to `out`, applying a rule: offsets grow by *delta*, ordinals become *ordinal*."""

    def __init__(self, data: bytes, delta: int, ordinal: int = 0) -> None:
        self.out = bytearray()
        self.furthest = 0  # the largest offset met, as it was before the shift
        self.cuts: list[tuple[int, dict[int, int]]] = []  # where in `out` fields were cut, and their values
        self._data = data
        self._delta = delta
        self._ordinal = ordinal
        self._mark = 0  # what comes before is in `out` already

    def struct(self, at: int, rule: _Rule) -> int:
        """Copy the structure at *at*; return where it ends.  Fields to cut must be its last ones."""
        self._mark = at
        at = self._struct(at, rule)
        self._flush(at)
        return at

    def _flush(self, upto: int) -> None:
        self.out += self._data[self._mark : upto]
        self._mark = upto

    def _struct(self, at: int, rule: _Rule) -> int:
        data, number = self._data, 0
        cut: dict[int, int] = {}
        cuts = _CUT in rule.values()
        while header := data[at]:
            start, kind = at, header & 0x0F
            at += 1
            if header < 0x10:
                value, at = _read(data, at)
                number = _signed(value)
            else:
                number += header >> 4
            action = rule.get(number)
            if action is None:
                if cut:
                    raise InternalError("a Parquet column chunk has a field after its page index", code="I0001")
                if _I16 <= kind <= _I64:
                    while data[at] > 0x7F:
                        at += 1
                    at += 1
                else:
                    at = _skip(data, at, kind)
            elif isinstance(action, dict):
                length, at = (1, at) if kind == _STRUCT else _list(data, at)[::2]
                for _ in range(length):
                    at = self._struct(at, action)
            elif action == _SHIFT:
                at = self._shift(at)
            elif action == _ORDINAL:
                at = self._number_row_group(start, at)
            else:
                if not cut:
                    self._flush(start)
                value, at = _read(data, at)
                cut[number] = _signed(value)
                self._mark = at
        if cuts:
            self._flush(at)
            self.cuts.append((len(self.out), cut))
        return at + 1

    def _shift(self, at: int) -> int:
        value, end = _read(self._data, at)
        offset = _signed(value)
        if offset:  # 0 says that there is none
            self._flush(at)
            self.out += _zigzag(offset + self._delta)
            self._mark = end
            self.furthest = max(self.furthest, offset)
        return end

    def _number_row_group(self, start: int, at: int) -> int:
        end = _skip(self._data, at, _I16)
        if self._ordinal <= _LAST_ORDINAL:
            self._flush(at)
            self.out += _zigzag(self._ordinal)
        else:
            if self._data[end]:
                raise InternalError("a Parquet row group has a field after its ordinal", code="I0001")
            self._flush(start)
        self._mark = end
        return end


@dataclass(frozen=True, slots=True)
class _Index:
    """The page index of one column chunk, shifted: its OffsetIndex and its ColumnIndex, None where there is none."""

    offsets: bytes | None
    columns: bytes | None


@dataclass(frozen=True, slots=True)
class _RowGroup:
    """A row group's Thrift bytes in pieces: after each but the last the page index of a column chunk is named."""

    pieces: tuple[bytes, ...]
    indexes: tuple[_Index, ...] = field(default=())


def _index_fields(places: Sequence[tuple[int, int] | None]) -> bytes:
    """The fields 4 to 7 of a ColumnChunk: offset and length of its OffsetIndex, then of its ColumnIndex."""
    out, last = b"", 3  # meta_data, which every chunk has
    for number, place in zip((4, 6), places, strict=True):
        if place is not None:
            out += bytes([(number - last) << 4 | _I64]) + _zigzag(place[0]) + bytes([1 << 4 | _I32]) + _zigzag(place[1])
            last = number + 1
    return out


def _footer(file: memoryview) -> bytes:
    """The footer of *file*."""
    if len(file) < len(MAGIC) + _TAIL or bytes(file[:4]) != MAGIC or bytes(file[-4:]) != MAGIC:
        raise InternalError("what was encoded as Parquet is no Parquet file, or an encrypted one", code="I0001")
    return bytes(file[-_TAIL - int.from_bytes(file[-_TAIL:-4], "little") : -_TAIL])


def _frame(footer: bytes) -> tuple[int, int]:
    """Where in *footer* the field num_rows begins, and where the field row_groups ends."""
    at = number = before = 0
    while header := footer[at]:
        if number == _ROW_GROUPS:
            break
        begins = at
        at += 1
        if header < 0x10:
            value, at = _read(footer, at)
            number = _signed(value)
        else:
            number += header >> 4
        if number == _NUM_ROWS:
            before = begins
        at = _skip(footer, at, header & 0x0F)
    if not before or number != _ROW_GROUPS:
        raise InternalError("a Parquet footer lacks num_rows or row_groups", code="I0001")
    return before, at


class MergedFile:
    """One Parquet file made of many, each a complete file in memory; `write` takes the bytes in order.

    *empty* is a file of the same schema and options without a row group: what the files have in common is taken from it.
    Bytes reach `write` as soon as files are appended; `finish` adds page indexes and footer.
    """

    def __init__(self, write: Callable[[memoryview], object], empty: memoryview) -> None:
        self.rows = 0
        self.size = 0
        self._write = write
        self._groups: list[_RowGroup] = []
        footer = _footer(empty)
        before, after = _frame(footer)
        self._before, self._after = footer[:before], footer[after:]
        self._put(memoryview(MAGIC))

    def _put(self, data: memoryview) -> None:
        self._write(data)
        self.size += len(data)

    def append(self, file: memoryview) -> None:
        """Append every row group of *file*, a complete Parquet file of the same schema and options."""
        footer = _footer(file)
        if not footer.startswith(self._before):
            raise InternalError("row groups of one Parquet file differ in schema", code="I0001")
        rows, at = _read(footer, len(self._before) + 1)  # one byte of header each: the fields follow each other by 1
        groups, _, at = _list(footer, at + 1)
        delta = self.size - len(MAGIC)
        body = len(file) - _TAIL - len(footer)
        copies: list[_Copy] = []
        for _ in range(groups):
            copy = _Copy(footer, delta, len(self._groups) + len(copies))
            at = copy.struct(at, _ROW_GROUP)
            body = min([body, *(cut[n] for _, cut in copy.cuts for n in (4, 6) if n in cut)])
            copies.append(copy)
        if footer[at:] != self._after:
            raise InternalError("row groups of one Parquet file differ in metadata", code="I0001")
        for copy in copies:
            if copy.furthest >= body:
                raise InternalError("a Parquet file has something of a row group behind its page index", code="I0001")
            self._groups.append(_gathered(copy, file, delta))
        self.rows += _signed(rows)
        self._put(file[len(MAGIC) : body])

    def finish(self) -> None:
        """Write page indexes and footer.  The file is complete then."""
        indexes = [index for group in self._groups for index in group.indexes]
        columns = iter([self._put_index(index.columns) for index in indexes])
        offsets = iter([self._put_index(index.offsets) for index in indexes])
        footer = bytearray(self._before)
        footer += bytes([1 << 4 | _I64]) + _zigzag(self.rows)
        footer += bytes([1 << 4 | _LIST]) + _list_header(len(self._groups), _STRUCT)
        for group in self._groups:
            footer += group.pieces[0]
            for piece in group.pieces[1:]:
                footer += _index_fields((next(offsets), next(columns))) + piece
        footer += self._after
        footer += len(footer).to_bytes(4, "little") + MAGIC
        self._put(memoryview(footer))

    def abandon(self) -> None:
        """Nothing: a file that is not finished writes nothing more by itself."""

    def _put_index(self, index: bytes | None) -> tuple[int, int] | None:
        if index is None:
            return None
        place = self.size, len(index)
        self._put(memoryview(index))
        return place


def _gathered(copy: _Copy, file: memoryview, delta: int) -> _RowGroup:
    """The row group that was copied, with its page index (shifted by *delta* as well) out of *file*."""
    if not any(cut for _, cut in copy.cuts):
        return _RowGroup((bytes(copy.out),))
    indexes = []
    for _, cut in copy.cuts:
        offsets = columns = None
        if 4 in cut:
            shifted = _Copy(bytes(file[cut[4] : cut[4] + cut[5]]), delta)
            shifted.struct(0, _OFFSET_INDEX)
            offsets = bytes(shifted.out)
        if 6 in cut:
            columns = bytes(file[cut[6] : cut[6] + cut[7]])
        indexes.append(_Index(offsets, columns))
    borders = [0, *(at for at, _ in copy.cuts), len(copy.out)]
    pieces = tuple(bytes(copy.out[a:b]) for a, b in pairwise(borders))
    return _RowGroup(pieces, tuple(indexes))
