"""The landing folder as two relations that SQL can select from.

A dbt-duckdb plugin (named in profiles.yml), so that plain `dbt run` reads files of any kind, byte
by byte, with no step before it. It gives every connection

* `open_landing(known)`: a scalar function that takes what bronze has read so far (a list of
  structs with the fields of `Known`) in place of what it was told before, and returns the count;
* `landing_lines`: one row per line that was never read, in the order of file name and line number;
* `landing_files`: one row per file that is in the folder or was once read, with a `status` of
  `STATUSES` and, where something is wrong, a `message`.

Both relations are read afresh each time they are selected from, and stream: memory holds one piece
of one file. What a file's lines are:

* `.ndjson`, `.jsonl`, `.json` (plain, `.gz` or `.zst`): what stands between two newlines, verbatim.
  A line of white space alone is no line but counts in the numbering; a byte order mark and a
  carriage return before the newline belong to the file, not to the line. A line that is not UTF-8
  is given with U+FFFD for each wrong byte in `payload` and as it came in `payload_bytes`.
* `.csv` (also compressed): a record becomes a JSON object of strings, numbered by its first line.
* `.parquet`: a row becomes a JSON object, numbered from 1.

A file that grew (its old content is the beginning of its new content) gives the lines that were not
there before. A last line without a newline is given as it stands, and again, whole, under the same
number, if it is longer the next time: whoever writes a file while it is read loses nothing.
"""

import contextlib
import csv
import hashlib
import io
import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import BinaryIO, NamedTuple, Self

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from dbt.adapters.duckdb.credentials import DuckDBCredentials
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt_common.exceptions import DbtRuntimeError

STATUSES = ("new", "empty", "read", "grown", "changed", "vanished", "unreadable")
LINE_SUFFIXES = (".ndjson", ".jsonl", ".json")
COMPRESSIONS = {".gz": "gzip", ".zst": "zstd"}
PIECE_BYTES = 8 << 20
SPOOL_BYTES = 64 << 20
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

FILE_FIELDS = [
    ("file_bytes", pa.int64()),
    ("file_modified_at", pa.timestamp("us")),
    ("content_bytes", pa.int64()),
    ("content_digest", pa.string()),
]
LINES = pa.schema(
    [
        ("file_name", pa.string()),
        ("line_number", pa.int64()),
        ("payload", pa.large_string()),
        ("payload_bytes", pa.large_binary()),
        *FILE_FIELDS,
    ]
)
FILES = pa.schema(
    [("file_name", pa.string()), ("status", pa.string()), ("message", pa.string()), *FILE_FIELDS]
)


@dataclass(frozen=True)
class Known:
    """What was read of a file: sizes in bytes (`content`: after decompression), its digest."""

    file_name: str
    file_bytes: int
    file_modified_at: datetime
    content_bytes: int
    content_digest: str


class Rows(NamedTuple):
    """Some lines: their numbers in the file, texts, and bytes where those are not UTF-8."""

    line_number: pa.Array
    payload: pa.Array
    payload_bytes: pa.Array


class Content:
    """A file's bytes after decompression, up to where they ended when it was opened.

    Opening reads it once from end to end: a broken archive is found before any of its lines is
    given, and what is appended from now on belongs to the next run.

    Raises OSError (pyarrow's errors for broken archives included) if it can't be read.
    """

    def __init__(self, path: Path, known: Known | None):
        """Open `path`; `known` is what was read of it before, None if nothing."""
        stat = path.stat()
        self.path, self.file_bytes = path, stat.st_size
        self.file_modified_at = modified_at(stat)
        self.stream = self._open()
        self.is_known_beginning = known is None
        self.known_bytes = known.content_bytes if known else 0
        self.known_newlines, self.last_line_start = 0, 0
        digest, position = hashlib.blake2b(digest_size=16), 0
        limit = self.file_bytes if self.compression is None else sys.maxsize
        while True:
            wanted = min(PIECE_BYTES, limit - position)
            if position < self.known_bytes:
                wanted = min(wanted, self.known_bytes - position)
            piece = self.stream.read(wanted)
            if not piece:
                break
            digest.update(piece)
            if position < self.known_bytes:
                self.known_newlines += piece.count(b"\n")
                newline = piece.rfind(b"\n")
                if newline >= 0:
                    self.last_line_start = position + newline + 1
            position += len(piece)
            if known and position == self.known_bytes:
                self.is_known_beginning = digest.hexdigest() == known.content_digest
        self.bytes, self.digest = position, digest.hexdigest()

    @property
    def compression(self) -> str | None:
        """The codec by pyarrow's name, None for a plain file."""
        return COMPRESSIONS.get(self.path.suffix.lower())

    def _open(self) -> BinaryIO:
        file = self.path.open("rb")
        if self.compression is None:
            return file
        spool = tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES)
        with file, pa.input_stream(file, compression=self.compression) as inflated:
            while piece := inflated.read(PIECE_BYTES):
                spool.write(piece)
        spool.seek(0)
        return spool

    def pieces(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes from `start` up to `end`. Raises OSError if the file has become shorter."""
        self.stream.seek(start)
        while start < end:
            piece = self.stream.read(min(PIECE_BYTES, end - start))
            if not piece:
                raise OSError(f"{self.path} became shorter while it was read: run again")
            start += len(piece)
            yield piece

    def facts(self) -> dict:
        """What bronze notes of the file: the values of `FILE_FIELDS`."""
        values = (self.file_bytes, self.file_modified_at, self.bytes, self.digest)
        return dict(zip((name for name, _ in FILE_FIELDS), values, strict=True))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_) -> None:
        self.stream.close()


def modified_at(stat: os.stat_result) -> datetime:
    """When a file was last written, UTC without zone, to the microsecond."""
    return (EPOCH + timedelta(microseconds=stat.st_mtime_ns // 1000)).replace(tzinfo=None)


def decode(lines: list[bytes]) -> tuple[list[str], list[bytes | None]]:
    """The texts of lines, and the bytes of those whose text is only a readable stand-in."""
    texts, wrong = [], []
    for line in lines:
        try:
            texts.append(line.decode())
            wrong.append(None)
        except UnicodeDecodeError:
            texts.append(line.decode(errors="replace"))
            wrong.append(line)
    return texts, wrong


def line_rows(content: Content) -> Iterator[Rows]:
    """The lines that were not there before, some for each piece of the file."""
    line_number, unfinished = content.known_newlines + 1, []
    seen_before = b"".join(content.pieces(content.last_line_start, content.known_bytes))
    for piece in content.pieces(content.last_line_start, content.bytes):
        head, newline, rest = piece.rpartition(b"\n")
        if newline:
            block = b"".join([*unfinished, head])
            unfinished = []
            rows, line_count = block_rows(block, line_number, seen_before)
            yield rows
            line_number += line_count
            seen_before = b""
        unfinished.append(rest)
    if any(unfinished):
        yield block_rows(b"".join(unfinished), line_number, seen_before)[0]


def block_rows(block: bytes, first_number: int, seen_before: bytes) -> tuple[Rows, int]:
    """Rows of whole lines, of which the first may have been given before; how many lines it had."""
    if first_number == 1:
        block = block.removeprefix(BYTE_ORDER_MARK)
        seen_before = seen_before.removeprefix(BYTE_ORDER_MARK)
    if seen_before and block.split(b"\n", 1)[0].rstrip(b"\r") == seen_before.rstrip(b"\r"):
        block = block[len(seen_before.rstrip(b"\r")) :]
    block += b"\n"
    characters = np.frombuffer(block, np.uint8)
    starts = np.concatenate([[0], np.flatnonzero(characters == ord("\n")) + 1])
    buffers = [None, pa.py_buffer(starts), pa.py_buffer(block)]
    lines = pc.binary_slice(
        pa.LargeBinaryArray.from_buffers(pa.large_binary(), len(starts) - 1, buffers), 0, -1
    )
    numbers = pa.array(np.arange(first_number, first_number + len(lines)))
    wrong = pa.nulls(len(lines), pa.large_binary())
    # Python looks at those lines only about which there may be something to put right
    first_characters = characters[starts[:-1]]
    is_odd = (first_characters <= ord(" ")) | (first_characters > ord("~"))
    if b"\r" in block:
        is_odd[line_of(characters == ord("\r"), starts)] = True
    try:
        lines.view(pa.large_string()).validate(full=True)
    except pa.ArrowInvalid:
        is_odd[line_of(characters > ord("~"), starts)] = True
    if is_odd.any():
        odd = pa.array(is_odd)
        texts, bad = decode([line.removesuffix(b"\r") for line in lines.filter(odd).to_pylist()])
        lines = pc.replace_with_mask(lines, odd, pa.array(map(str.encode, texts), lines.type))
        wrong = pc.replace_with_mask(wrong, odd, pa.array(bad, wrong.type))
        is_kept = ~is_odd
        is_kept[is_odd] = [bool(text.strip()) for text in texts]
        kept = pa.array(is_kept)
        numbers, lines, wrong = numbers.filter(kept), lines.filter(kept), wrong.filter(kept)
    return Rows(numbers, lines.view(pa.large_string()), wrong), len(starts) - 1


def line_of(is_wanted: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """The positions of the lines that hold the wanted characters.

    Args:
        is_wanted: for each character of a block.
        starts: where the lines of the block start.
    """
    return np.unique(np.searchsorted(starts, np.flatnonzero(is_wanted), side="right") - 1)


def csv_rows(content: Content) -> Iterator[Rows]:
    """The records that were not there before, as JSON objects of strings."""
    before = list(csv_records(b"".join(content.pieces(0, content.known_bytes))))
    after = csv_records(b"".join(content.pieces(0, content.bytes)))
    new = [row for i, row in enumerate(after) if i >= len(before) or row != before[i]]
    if new:
        numbers, records = zip(*new, strict=True)
        texts, wrong = decode(list(records))
        yield Rows(
            pa.array(numbers),
            pa.array(texts, pa.large_string()),
            pa.array(wrong, pa.large_binary()),
        )


def csv_records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """First line and JSON of each record of CSV (RFC 4180, the first record names the columns).

    Cells beyond the named columns are in `_rest`, a list.
    """
    csv.field_size_limit(sys.maxsize)
    reader = csv.reader(io.StringIO(data.decode("utf-8-sig", "surrogateescape"), newline=""))
    names = next(reader, [])
    first_line = reader.line_num + 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            record = dict(zip(names, cells, strict=False))
            if len(cells) > len(names):
                record["_rest"] = cells[len(names) :]
            text = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
            yield first_line, text.encode(errors="surrogateescape")
        first_line = reader.line_num + 1


@cache
def parquet_engine() -> duckdb.DuckDBPyConnection:
    """A database of no file, made once: making one costs more than reading a small file."""
    return duckdb.connect()


def parquet_rows(content: Content) -> Iterator[Rows]:
    """The rows as JSON objects. Reads every page before it gives the first row."""
    with parquet_engine().cursor() as connection:
        path = str(content.path)
        every_page = "select bit_xor(hash(columns(*))) from read_parquet(?)"
        connection.execute(every_page, [path]).fetchall()
        as_json = "select cast(to_json(t) as varchar) as payload from read_parquet(?) as t"
        line_number = 1
        for batch in connection.execute(as_json, [path]).to_arrow_reader(20_000):
            payloads = batch.column(0).cast(pa.large_string())
            numbers = pa.array(np.arange(line_number, line_number + len(payloads)))
            yield Rows(numbers, payloads, pa.nulls(len(payloads), pa.large_binary()))
            line_number += len(payloads)


def kind_of(name: str) -> Callable[[Content], Iterator[Rows]] | None:
    """How a file of this name is read, None if it holds no events."""
    *_, before, suffix = ["", "", *name.lower().split(".")[1:]]
    if suffix == "parquet":
        return parquet_rows
    if f".{suffix}" in COMPRESSIONS:
        suffix = before
    if suffix == "csv":
        return csv_rows
    return line_rows if f".{suffix}" in LINE_SUFFIXES else None


def event_files(folder: str | Path, prefix: str = "") -> Iterator[tuple[str, os.DirEntry]]:
    """The event files below a folder: names (relative, with `/`) and entries, in no order."""
    # a folder that is not there, or may not be read, has none
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from event_files(entry.path, f"{prefix}{entry.name}/")
            elif not entry.name.startswith(".") and kind_of(entry.name) and entry.is_file():
                text = f"{prefix}{entry.name}"
                yield text.encode(errors="surrogateescape").decode(errors="replace"), entry


class Landing:
    """A landing folder, and what bronze has read of it."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.known: dict[str, Known] = {}

    def open(self, known: list[dict]) -> int:
        """Take note of what was read so far (dicts with the fields of `Known`); how many."""
        self.known = {entry["file_name"]: Known(**entry) for entry in known}
        return len(self.known)

    def line_batches(self) -> Iterator[pa.RecordBatch]:
        """Batches of `LINES`. A file that can't be read is left for `file_batches` to report."""
        for name, entry in sorted(dict(event_files(self.folder)).items()):
            known = self.known.get(name)
            try:
                if known and entry.stat().st_size == known.file_bytes:
                    continue
                content = Content(Path(entry), known)
            except OSError:
                continue
            with content:
                if status_of(content, known) not in ("new", "grown"):
                    continue
                try:
                    for rows in kind_of(entry.name)(content):
                        yield line_batch(name, rows, content)
                except duckdb.Error:
                    continue

    def file_batches(self) -> Iterator[pa.RecordBatch]:
        """Batches of `FILES`, one row each."""
        files = dict(event_files(self.folder))
        for name in sorted(files.keys() | self.known.keys()):
            known = self.known.get(name)
            status, message, content = check(files.get(name), known)
            row = dict.fromkeys(FILES.names) | content.facts() if content else {}
            row |= {"file_name": name, "status": status, "message": message}
            yield pa.RecordBatch.from_pylist([row], FILES)


def status_of(content: Content, known: Known | None) -> str:
    """How a file's content relates to what was read of it."""
    if known is None:
        return "new"
    if not content.is_known_beginning or content.bytes < known.content_bytes:
        return "changed"
    if content.bytes == known.content_bytes:
        return "read"
    return "changed" if kind_of(content.path.name) is parquet_rows else "grown"


def check(entry: os.DirEntry | None, known: Known | None) -> tuple[str, str | None, Content | None]:
    """A file's status, what to tell its owner if that is needed, and its content if it was read.

    Only a file whose size or time of writing differs from what was noted is read.
    """
    if entry is None:
        return "vanished", "it was read, and is gone: bronze keeps its lines", None
    try:
        stat = entry.stat()
        noted = known and (known.file_bytes, known.file_modified_at)
        if noted == (stat.st_size, modified_at(stat)):
            return "read", None, None
        with Content(Path(entry), known) as content:
            status = status_of(content, known)
            if status == "changed":
                message = "its content differs from what was read: land the new lines as a new file"
                return status, message, content
            if status == "new" and not any(
                len(rows.payload) for rows in kind_of(entry.name)(content)
            ):
                return "empty", None, content
            return status, None, content
    except (OSError, duckdb.Error) as error:
        return "unreadable", f"none of it was read, the next run tries again: {error}", None


def line_batch(name: str, rows: Rows, content: Content) -> pa.RecordBatch:
    """Rows of one file as a batch of `LINES`."""
    of_file = {"file_name": name} | content.facts()
    of_line = rows._asdict()
    columns = [
        pa.repeat(pa.scalar(of_file[field.name], field.type), len(rows.payload))
        if field.name in of_file
        else of_line[field.name]
        for field in LINES
    ]
    return pa.record_batch(columns, LINES)


class Stream:
    """A relation for DuckDB that is read anew by each query (Arrow's C stream interface)."""

    def __init__(self, schema: pa.Schema, batches: Callable[[], Iterator[pa.RecordBatch]]):
        self.schema, self.batches = schema, batches

    def __arrow_c_schema__(self):
        return self.schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema=None):
        reader = pa.RecordBatchReader.from_batches(self.schema, self.batches())
        return reader.__arrow_c_stream__(requested_schema)


class Plugin(BasePlugin):
    """What dbt-duckdb loads. Configuration: `folder`, the landing folder."""

    newest: Self

    def initialize(self, plugin_config: dict) -> None:
        self.landing = Landing(Path(plugin_config["folder"]))
        Plugin.newest = self

    def update_connection_config(self, creds: DuckDBCredentials, config: dict) -> None:
        """Say it plainly where the warehouse can't be opened: dbt would show a stack trace.

        Raises DbtRuntimeError where another run has it open, or its folder is not there; before
        anything is changed.
        """
        folder = Path(creds.path).absolute().parent
        if creds.path != ":memory:" and "://" not in creds.path and not folder.is_dir():
            raise DbtRuntimeError(
                f"There is no folder {folder} for the warehouse {Path(creds.path).name}: make it, "
                "or name another file (DURABLE_EVENTS_DB, or path in profiles.yml)."
            )
        try:
            duckdb.connect(creds.path, config=config).close()
        except duckdb.IOException as error:
            if "lock" in str(error):
                raise DbtRuntimeError(
                    f"Another run is working on {creds.path}, or a program has it open. This run "
                    "ends without having changed anything: start it again when the other is done."
                    f"\n{error}"
                ) from None
            raise

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        known = (
            "struct(file_name varchar, file_bytes bigint, file_modified_at timestamp, "
            "content_bytes bigint, content_digest varchar)[]"
        )
        # refused where this process has the file open already: it has the function, then
        with contextlib.suppress(duckdb.CatalogException):
            conn.create_function("open_landing", Plugin.open_newest, [known], "bigint")

    @staticmethod
    def open_newest(known: list[dict]) -> int:
        """`Landing.open` of the newest run: a function can't be replaced in an open database."""
        return Plugin.newest.landing.open(known)

    def configure_cursor(self, cursor: duckdb.DuckDBPyConnection) -> None:
        cursor.register("landing_lines", Stream(LINES, self.landing.line_batches))
        cursor.register("landing_files", Stream(FILES, self.landing.file_batches))
