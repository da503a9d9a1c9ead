"""Bronze takes every line of every file, once, verbatim, whatever is in it."""

import gzip
import json
import os
import threading
import time

import duckdb
import pyarrow as pa
import pytest

RAW = ["--select", "+judged_events", "landed_files"]
LINES = (
    "select line_number, payload from bronze.raw_events order by load_id, file_name, line_number"
)


def event(number: int, **fields) -> dict:
    """A well-formed event."""
    return {
        "event_id": f"e{number}",
        "event": "tested",
        "time": f"2026-01-01T00:00:{number:02}Z",
    } | fields


def zstd(data: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(data)
    return sink.getvalue().to_pybytes()


def findings(warehouse) -> dict[str, str]:
    """What the test of the landing folder reports: status by file."""
    result = warehouse.dbt("test", "--select", "landing_files_as_read", "--store-failures")
    (told,) = (ran for ran in result.result if ran.node.resource_type == "test")  # no hook
    assert told.status in ("pass", "warn"), "data may warn, never fail"
    table = "dbt_test__audit.landing_files_as_read"
    return dict(warehouse.rows(f"select file_name, status from {table}"))


def test_every_kind_of_file(warehouse):
    lines = [json.dumps(event(n)) for n in range(3)]
    text = "\n".join(lines).encode() + b"\n"
    for name, data in {
        "a.ndjson": text,
        "deep/er/b.jsonl": text,
        "c.json": text,
        "d.ndjson.gz": gzip.compress(text),
        "e.jsonl.zst": zstd(text),
        "F.NDJSON": text,
        "two.members.json.gz": gzip.compress(lines[0].encode() + b"\n") + gzip.compress(text),
        "two.frames.json.zst": zstd(lines[0].encode() + b"\n") + zstd(text),
        "notes.txt": b"not an event\n",
        ".hidden.ndjson": b"not an event\n",
        "empty.ndjson": b"",
        "blank.ndjson": b"\n  \n\t\r\n",
    }.items():
        warehouse.land(name, data)
    warehouse.run(*RAW)
    counts = dict(
        warehouse.rows("select file_name, count(*) from bronze.raw_events group by file_name")
    )
    assert counts == {
        "a.ndjson": 3,
        "deep/er/b.jsonl": 3,
        "c.json": 3,
        "d.ndjson.gz": 3,
        "e.jsonl.zst": 3,
        "F.NDJSON": 3,
        "two.members.json.gz": 4,
        "two.frames.json.zst": 4,
    }
    verdicts = dict(warehouse.rows("select verdict, count(*) from silver.judged_events group by 1"))
    assert verdicts == {"accepted": 3, "duplicate": sum(counts.values()) - 3}
    assert findings(warehouse) == {}


def test_parquet_rows_become_objects(warehouse):
    path = warehouse.landing / "a.parquet"
    duckdb.execute(
        f"""copy (
            select 9007199254740993 as event_id, 'tested' as event, timestamp '2026-01-01' as time,
                {{'deep': [1, null]}} as properties, null as user_id, 'q"uote' as platform
        ) to '{path}'"""
    )
    warehouse.run(*RAW)
    assert warehouse.rows(
        "select event_id, event_time::varchar, properties, user_id, platform "
        "from silver.judged_events where verdict = 'accepted'"
    ) == [("9007199254740993", "2026-01-01 00:00:00", '{"deep":[1,null]}', None, 'q"uote')]
    warehouse.land("broken.parquet", path.read_bytes()[:-20])
    warehouse.run(*RAW)
    assert findings(warehouse) == {"broken.parquet": "unreadable"}


def test_csv_records_become_objects(warehouse):
    head = "event_id,event,time,user_id,note\n"
    rows = ['1,tested,1767225600,7,"two\nlines, a comma"\n', "\n", "2,tested,2026-01-01,,x,extra\n"]
    path = warehouse.land("a.csv", ("\ufeff" + head + "".join(rows)).encode())
    warehouse.run(*RAW)
    with path.open("ab") as file:
        file.write(b"3,tested,2026-01-02,8,caf\xe9\n4,tested,2026-01-02,8,ok")
    warehouse.run(*RAW)
    with path.open("ab") as file:
        file.write(b"ay\n")
    warehouse.run(*RAW)
    found = warehouse.rows(
        "select load_id, line_number, payload, payload_bytes from bronze.raw_events order by all"
    )
    first = {"event_id": "1", "event": "tested", "time": "1767225600", "user_id": "7"}
    assert [row[:2] for row in found] == [(1, 2), (1, 5), (2, 6), (2, 7), (3, 7)]
    assert json.loads(found[0][2]) == first | {"note": "two\nlines, a comma"}
    assert json.loads(found[1][2])["_rest"] == ["extra"]
    assert b"caf\xe9" in found[2][3]
    assert [json.loads(row[2])["note"] for row in found[3:]] == ["ok", "okay"]
    assert warehouse.rows(
        "select event_id, verdict, reason, event_time::varchar "
        "from silver.judged_events order by all"
    ) == [
        ("1", "accepted", None, "2026-01-01 00:00:00"),
        ("2", "accepted", None, "2026-01-01 00:00:00"),
        ("3", "rejected", "invalid_encoding", "2026-01-02 00:00:00"),
        ("4", "accepted", None, "2026-01-02 00:00:00"),
        ("4", "duplicate", None, "2026-01-02 00:00:00"),
    ]


def test_lines_are_kept_verbatim(warehouse):
    big = json.dumps(event(1, properties={"x": "ä" * 3_000_000}), ensure_ascii=False)
    lines = [
        big,
        '{"event_id": "e2", "eve',
        '{"event_id":"a\\u0000b","event":"tested","time":"2026-01-01"}',
        '  {"event_id" : "e3","event":"tested","time":"2026-01-01"} \t',
        "plain text, 'quotes', \"quotes\" | and ; \\ everything",
        "a\rlone\rcarriage return",
        "null",
        "{}",
        "\x00\x01\x1f",
        b'{"event_id":"e4\xff\xfe","event":"tested","time":"2026-01-01"}',
        "\u2028\u0085 not ends of lines",
        '{"event_id":"' + "9" * 40 + '","event":"tested","time":"2026-01-01"}',
    ]
    data = b"".join((x if isinstance(x, bytes) else x.encode()) + b"\r\n" for x in lines)
    warehouse.land("a.ndjson", b"\xef\xbb\xbf" + data + b'{"half')
    warehouse.run(*RAW)
    rows = warehouse.rows(
        "select line_number, payload, payload_bytes from bronze.raw_events order by line_number"
    )
    assert [row[0] for row in rows] == list(range(1, len(lines) + 2))
    for (_, payload, payload_bytes), line in zip(rows, [*lines, '{"half'], strict=True):
        if isinstance(line, bytes):
            assert payload_bytes == line
            assert payload == line.decode(errors="replace")
        else:
            assert (payload, payload_bytes) == (line, None)
    verdicts = warehouse.rows(
        "select coalesce(reason, event_id) from silver.judged_events order by line_number"
    )
    assert [verdict for (verdict,) in verdicts] == [
        "e1",
        "malformed_json",
        "a\x00b",
        "e3",
        "malformed_json",
        "malformed_json",
        "not_an_object",
        "missing_event_name",
        "malformed_json",
        "invalid_encoding",
        "malformed_json",
        "9" * 40,
        "malformed_json",
    ]


def test_a_file_that_grew_gives_its_new_lines_only(warehouse):
    path = warehouse.land("a.ndjson", b"one\n\ntwo\nth")
    squeezed = warehouse.land("b.json.gz", ["one"])
    warehouse.run(*RAW)
    with path.open("ab") as file:
        file.write(b"ree\nfour")
    squeezed.write_bytes(squeezed.read_bytes() + gzip.compress(b"two"))
    warehouse.run(*RAW)
    with path.open("ab") as file:
        file.write(b"\n")
    squeezed.write_bytes(gzip.compress(b"one\ntwo\r\nthree\n", compresslevel=1))
    warehouse.run(*RAW)
    warehouse.run(*RAW)
    assert warehouse.rows(
        "select load_id, file_name, line_number, payload from bronze.raw_events order by all"
    ) == [
        (1, "a.ndjson", 1, "one"),
        (1, "a.ndjson", 3, "two"),
        (1, "a.ndjson", 4, "th"),
        (1, "b.json.gz", 1, "one"),
        (2, "a.ndjson", 4, "three"),
        (2, "a.ndjson", 5, "four"),
        (2, "b.json.gz", 2, "two"),
        (3, "b.json.gz", 3, "three"),
    ]
    assert warehouse.rows(
        "select load_id, file_name, line_count, first_line_number, last_line_number "
        "from bronze.landed_files order by all"
    ) == [
        (1, "a.ndjson", 3, 1, 4),
        (1, "b.json.gz", 1, 1, 1),
        (2, "a.ndjson", 2, 4, 5),
        (2, "b.json.gz", 1, 2, 2),
        (3, "b.json.gz", 1, 3, 3),
    ]
    assert findings(warehouse) == {}


def test_a_file_changed_or_gone_is_reported_and_never_read_again(warehouse):
    for name in ("same.ndjson", "edited.ndjson", "cut.ndjson", "longer.ndjson", "gone.ndjson"):
        warehouse.land(name, b'{"n":1}\n{"n":2}\n')
    warehouse.land("broken.ndjson.gz", gzip.compress(b"x\n" * 10_000)[:-9])
    warehouse.run(*RAW)
    before = warehouse.tables("bronze")
    assert len(before["bronze.raw_events"]) == 10
    later = time.time() + 5
    os.utime(warehouse.landing / "same.ndjson", (later, later))
    os.utime(warehouse.land("edited.ndjson", b'{"n":1}\n{"n":3}\n'), (later, later))
    warehouse.land("cut.ndjson", b'{"n":1}\n')
    warehouse.land("longer.ndjson", b'{"n":9}\n{"n":2}\n{"n":3}\n')
    (warehouse.landing / "gone.ndjson").unlink()
    warehouse.run(*RAW)
    assert warehouse.tables("bronze") == before
    assert findings(warehouse) == {
        "edited.ndjson": "changed",
        "cut.ndjson": "changed",
        "longer.ndjson": "changed",
        "gone.ndjson": "vanished",
        "broken.ndjson.gz": "unreadable",
    }
    warehouse.land("broken.ndjson.gz", ["x"] * 10_000)
    warehouse.run(*RAW)
    assert len(warehouse.rows("from bronze.raw_events")) == 10_010


@pytest.mark.only("+events", "landed_files")
def test_bronze_survives_a_full_refresh(warehouse):
    warehouse.land("a.ndjson", [event(1)])
    warehouse.run()
    (warehouse.landing / "a.ndjson").unlink()
    warehouse.run("--full-refresh")
    assert len(warehouse.rows("from bronze.raw_events")) == 1
    assert len(warehouse.rows("from silver.events")) == 1


def test_an_interrupted_load_is_not_read_twice(warehouse):
    """A run that ended between raw_events and landed_files."""
    warehouse.land("a.ndjson", [event(1)])
    warehouse.run("--select", "raw_events")
    warehouse.land("b.ndjson", [event(2)])
    warehouse.run("--select", "raw_events")
    warehouse.run(*RAW)
    assert warehouse.rows("select load_id, file_name from bronze.landed_files order by all") == [
        (1, "a.ndjson"),
        (2, "b.ndjson"),
    ]
    assert len(warehouse.rows("from bronze.raw_events")) == 2


@pytest.mark.shop
def test_an_empty_landing_folder_gives_empty_tables(warehouse):
    """One that is not there, and then one that is."""
    warehouse.landing.rmdir()
    for is_there in (False, True):
        if is_there:
            warehouse.landing.mkdir()
            warehouse.run()
        else:
            warehouse.build()
        tables = warehouse.tables("bronze", "silver", "gold")
        assert len(tables) > 10
        # what is known without any event: names, columns, and that versions can't be compared yet
        of_names = {"bronze.known_events", "bronze.event_aliases", "bronze.event_registry"}
        of_versions = {"gold.checkout_completed_differences", "gold.checkout_completed_verdict"}
        filled = {name for name, rows in tables.items() if rows}
        assert filled == of_names | of_versions | {"silver.event_names"}


def test_ten_thousand_small_files_land_in_one_run(warehouse):
    for n in range(10_000):
        warehouse.land(
            f"{n % 97}/{n}.ndjson", b'{"event_id":%d,"event":"x","time":1767225600}\n' % n
        )
    warehouse.run("--select", "raw_events")
    start = time.monotonic()
    warehouse.run("--select", "landed_files")
    warehouse.land("one.more.ndjson", [event(1)])
    warehouse.run("--select", "raw_events", "landed_files")
    assert time.monotonic() - start < 60
    assert warehouse.rows(
        "select load_id, count(*) from bronze.landed_files group by all order by 1"
    ) == [
        (1, 10_000),
        (2, 1),
    ]


def test_a_file_written_while_runs_read_it_loses_nothing(warehouse):
    lines = [json.dumps(event(n % 60, event_id=f"e{n}", pad="x" * 200)) for n in range(10_000)]
    data = "".join(line + "\n" for line in lines).encode()
    path = warehouse.land("live.ndjson", b"")
    done = threading.Event()

    def write() -> None:
        with path.open("ab", buffering=0) as file:
            for start in range(0, len(data), 999):
                file.write(data[start : start + 999])
                time.sleep(0.001)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    loads = 0
    while not done.is_set():
        warehouse.run(*RAW)
        loads += 1
    writer.join()
    warehouse.run(*RAW)
    assert loads > 2, "the file was to be read while it grew"
    accepted = warehouse.rows(
        "select context_json from silver.judged_events where verdict = 'accepted'"
    )
    assert sorted(line for (line,) in accepted) == sorted(lines)
    halves = warehouse.rows("select count(*) from silver.judged_events where verdict <> 'accepted'")
    assert halves[0][0] <= loads


@pytest.mark.only("+events", "landed_files")
def test_files_that_vanish_while_a_run_reads_are_whole_or_not_there(warehouse):
    names = [f"{n:04}.ndjson" for n in range(3_000)]
    for name in names:
        warehouse.land(name, [event(1, event_id=f"{name}/{n}") for n in range(5)])
    kept = warehouse.folder / "kept"
    kept.mkdir()

    def take_away() -> None:
        # from the end, while the run reads from the beginning
        for name in reversed(names[1:]):
            (warehouse.landing / name).rename(kept / name)
            time.sleep(0.0005)

    thief = threading.Thread(target=take_away)
    thief.start()
    warehouse.build()
    first = dict(
        warehouse.rows("select file_name, count(*) from bronze.raw_events group by file_name")
    )
    thief.join()
    assert set(first.values()) == {5}
    for name in kept.iterdir():
        name.rename(warehouse.landing / name.name)
    warehouse.build()
    assert warehouse.rows("select count(*), count(distinct event_id) from silver.events") == [
        (15_000, 15_000)
    ]
