"""Files of every format -> rows, in order, from any place in them."""

import gzip
import io
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from starl.errors import ColumnError
from starl.files import readers, rows
from starl.files.readers import JsonLines, Records
from starl.files.rows import NOT_TEXT, Place, Rows, SourceError, Wanted, common_schema, to_batch, typed_array
from starl.files.sources import Format, Inputs, Position, Source, find, fingerprint

WANTED = Wanted("text", keep=("id",), max_chars=100)
TABLE = pa.table({"id": range(7), "text": pa.array(["zero", None, "two", "three", "", "five", "six"])})


def csv_of(table):
    lines = [
        f"{i},{'' if text is None else text}" for i, text in zip(*table.to_pydict().values(), strict=True)
    ]
    return "\n".join(["id,text", *lines]).encode()


def json_of(table):
    return "".join(json.dumps(row) + "\n" for row in table.to_pylist()).encode()


def write_ipc(path, table, new):
    with new(str(path), table.schema) as writer:
        writer.write_table(table, max_chunksize=2)


WORDS = st.text(st.characters(exclude_categories=["Cs"]))
WRITERS = {
    "a.jsonl": lambda path: path.write_bytes(json_of(TABLE)),
    "a.ndjson": lambda path: path.write_bytes(json_of(TABLE)),
    "a.jsonl.gz": lambda path: path.write_bytes(gzip.compress(json_of(TABLE))),
    "a.csv": lambda path: path.write_bytes(csv_of(TABLE)),
    "a.csv.gz": lambda path: path.write_bytes(gzip.compress(csv_of(TABLE))),
    "a.tsv": lambda path: path.write_bytes(csv_of(TABLE).replace(b",", b"\t")),
    "a.parquet": lambda path: pq.write_table(TABLE, path, row_group_size=3),
    "a.arrow": lambda path: write_ipc(path, TABLE, pa.ipc.new_file),
    "a.feather": lambda path: write_ipc(path, TABLE, pa.ipc.new_file),
    "a.arrows": lambda path: write_ipc(path, TABLE, pa.ipc.new_stream),
}


def read_all(inputs, n=1000):
    """All rows as (file, line, id, text)."""
    out = []
    while (chunk := inputs.read(n)) is not None:
        ids = chunk.rows.kept["id"].to_pylist()
        out += [
            (chunk.source.name.rpartition("/")[2], line, i, text)
            for line, i, text in zip(chunk.rows.lines, ids, chunk.rows.texts, strict=True)
        ]
    return out


def check_and_read(path):
    inputs = Inputs(find([str(path)]), WANTED)
    inputs.check()
    return read_all(inputs)


def json_texts(content, wanted=WANTED, n=1000):
    found = JsonLines(io.BytesIO(content), wanted, Place()).read(n)
    return list(zip(found.lines, found.texts, strict=True))


def csv_texts(content, wanted=WANTED, n=1000):
    found = Records(io.BytesIO(content), wanted, Place()).read(n)
    return list(zip(found.lines, found.texts, strict=True))


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_gives_its_rows_in_order(tmp_path, name):
    WRITERS[name](tmp_path / name)
    found = read_all(Inputs(find([str(tmp_path / name)]), WANTED))
    empty = "" if "sv" in name else None
    assert [text for *_, text in found] == ["zero", empty, "two", "three", "", "five", "six"]
    assert [str(i) for _, _, i, _ in found] == list("0123456")


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("n", [1, 2, 3, 7])
def test_reading_can_go_on_at_any_place(tmp_path, name, n):
    WRITERS[name](tmp_path / name)
    sources = find([str(tmp_path / name)] * 2)
    whole, inputs, done = read_all(Inputs(sources, WANTED)), Inputs(sources, WANTED), 0
    while (chunk := inputs.read(n)) is not None:
        done += len(chunk.rows)
        assert chunk.end.rows == done
        assert read_all(Inputs(sources, WANTED, chunk.end)) == whole[done:]


@pytest.mark.parametrize("name", WRITERS)
def test_the_share_grows_from_nothing_to_all(tmp_path, name):
    WRITERS[name](tmp_path / name)
    inputs = Inputs(find([str(tmp_path / name)]), WANTED)
    shares = [inputs.share()]
    while inputs.read(1) is not None:
        shares.append(inputs.share())
    assert shares == sorted(shares)
    assert (shares[0], inputs.share()) == (0, 1)


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (b'{"text": null}', None),
        (b'{"other": 1}', None),
        (b'{"text": 5}', 5),
        (b'{"text": ["a"]}', ["a"]),
        (b'{"text": "a"', NOT_TEXT),
        (b"nonsense", NOT_TEXT),
        (b"[1, 2]", NOT_TEXT),
        (b"null", NOT_TEXT),
        (b'{"text": "\xff"}', "\udcff"),
        (b'{"text": "\\ud800"}', "\ud800"),
        (b'{"text": ' + b"[" * 100_000, NOT_TEXT),
        (b'{"text": ' + b"1" * 5000 + b"}", NOT_TEXT),
        (b'{"text": "' + b"x" * 200 + b'"}', "x" * 101),
        ('{"text": "naïve 🙂"}'.encode(), "naïve 🙂"),
    ],
)
def test_a_line_of_any_sort_is_a_row_between_its_neighbours(line, text):
    content = b'{"text": "first"}\n' + line + b'\n{"text": "last"}'
    assert json_texts(content) == [(1, "first"), (2, text), (3, "last")]


def test_blank_lines_of_json_are_no_rows_but_count_as_lines():
    assert json_texts(b'\n{"text": "a"}\r\n \n{"text": "b"}\n\n') == [(2, "a"), (4, "b")]


def test_a_byte_order_mark_is_dropped():
    assert json_texts(b'\xef\xbb\xbf{"text": "a"}\n') == [(1, "a")]
    assert csv_texts(b"\xef\xbb\xbfid,text\n1,a\n") == [(2, "a")]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_refused(encoding):
    with pytest.raises(SourceError, match="must be UTF-8 text, got a UTF-16 byte order mark"):
        json_texts('\ufeff{"text": "a"}\n'.encode(encoding))


def test_a_line_without_end_is_skipped_in_bounded_memory(monkeypatch):
    monkeypatch.setattr(rows, "_LONGEST_LINE", 2000)
    content = b'{"id": 1, "text": "a"}\n{"text": "' + b"x" * 100_000 + b'"}\n{"text": "b"}\n'
    assert json_texts(content) == [(1, "a"), (2, WANTED.oversized), (3, "b")]


def test_reading_goes_on_after_a_line_without_end(monkeypatch):
    monkeypatch.setattr(rows, "_LONGEST_LINE", 2000)
    content = b'{"text": "' + b"x" * 100_000 + b'"}\n{"text": "b"}\n'
    reader = JsonLines(io.BytesIO(content), WANTED, Place())
    reader.read(1)
    assert JsonLines(io.BytesIO(content), WANTED, reader.place).read(9).texts == ["b"]


@pytest.mark.parametrize(
    ("record", "text"),
    [
        (b'1,"two\nlines, and ""quotes"""', 'two\nlines, and "quotes"'),
        (b'1,"two\r\nlines"', "two\r\nlines"),
        (b"1", NOT_TEXT),
        (b"1,a,b", NOT_TEXT),
        (b"1,\xff", "\udcff"),
        (b"1,", ""),
        (b"1,a\rb", NOT_TEXT),
        (b"1,a\0b", "a\0b"),
        (b'1,a "quoted" word', 'a "quoted" word'),
        (b"1," + b"x" * 200_000, "x" * 101),
    ],
)
def test_a_record_of_any_sort_is_a_row_between_its_neighbours(record, text):
    found = csv_texts(b"id,text\r\n0,first\r\n" + record + b"\r\n9,last")
    assert [text for _, text in found] == ["first", text, "last"]


def test_lines_of_records_are_counted_as_an_editor_does():
    assert csv_texts(b'id,text\n\n1,"a\nb"\n\n2,c\n') == [(3, "a\nb"), (6, "c")]


def test_of_a_quote_never_closed_only_its_line_is_lost():
    found = csv_texts(b'id,text\n1,"open\n2,b\n3,c\n')
    assert found == [(2, NOT_TEXT), (3, "b"), (4, "c")]


def test_of_a_quote_open_for_too_long_only_its_line_is_lost(monkeypatch):
    monkeypatch.setattr(rows, "_LONGEST_LINE", 2000)
    many = b"".join(b"%d,row %d\n" % (i, i) for i in range(1000))
    found = csv_texts(b'id,text\n0,"open\n' + many + b'7,"closed"\n', n=5000)
    assert [text for _, text in found] == [NOT_TEXT, *(f"row {i}" for i in range(1000)), "closed"]


def test_reading_goes_on_after_a_quote_never_closed():
    content = b'id,text\n1,"open\n2,b\n3,c\n'
    reader = Records(io.BytesIO(content), WANTED, Place())
    reader.read(1)
    assert Records(io.BytesIO(content), WANTED, reader.place).read(9).texts == ["b", "c"]


def test_a_record_without_end_is_marked_as_oversized(monkeypatch):
    monkeypatch.setattr(rows, "_LONGEST_LINE", 2000)
    found = csv_texts(b"id,text\n1," + b"x" * 100_000 + b"\n2,b\n")
    assert found == [(2, WANTED.oversized), (3, "b")]


def test_the_limit_of_the_csv_module_is_put_back():
    before = readers.csv.field_size_limit()
    csv_texts(b"id,text\n1," + b"x" * 200_000 + b"\n")
    assert readers.csv.field_size_limit() == before


@pytest.mark.parametrize(
    ("content", "got"),
    [(b"", "an empty file"), (b"\n1,a\n", "a broken or blank one"), (b"a\rb,c\n", "a broken or blank one")],
)
def test_records_without_a_header_are_refused(content, got):
    with pytest.raises(SourceError, match=f"must begin with a line of column names, got {got}"):
        csv_texts(content)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.text(), st.text(st.characters(blacklist_categories=["Cs"]))), max_size=8),
    st.integers(1, 4),
)
def test_records_written_by_the_csv_module_are_read_back(pairs, n):
    stream = io.StringIO(newline="")
    readers.csv.writer(stream).writerows([("id", "text"), *pairs])
    content, place, found = stream.getvalue().encode(), Place(), []
    while len(got := (reader := Records(io.BytesIO(content), WANTED, place)).read(n)):
        found += zip(got.kept["id"].to_pylist(), got.texts, strict=True)
        place = reader.place
    assert found == [(a, WANTED.clipped(b)) for a, b in pairs]


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pa.array([1, None]), [NOT_TEXT, None]),
        (pa.array([1.5, float("nan")]), [NOT_TEXT, None]),
        (pa.array([b"a", None]), [NOT_TEXT, None]),
        (pa.array([["a"], None]), [NOT_TEXT, None]),
        (pa.nulls(2), [None, None]),
        (pa.array(["a", None], pa.large_string()), ["a", None]),
        (pa.array(["a", None], pa.string_view()), ["a", None]),
        (pa.array(["a", None]).dictionary_encode(), ["a", None]),
    ],
)
def test_a_column_of_any_type_is_read(tmp_path, column, expected):
    with pa.ipc.new_file(
        str(tmp_path / "a.arrow"), pa.schema([("id", pa.int64()), ("text", column.type)])
    ) as writer:
        writer.write_table(pa.table({"id": [0, 1], "text": column}))
    assert [text for *_, text in read_all(Inputs(find([str(tmp_path / "a.arrow")]), WANTED))] == expected


def test_bytes_that_a_table_calls_text_are_marked(tmp_path):
    broken = pa.array([b"a", b"\xff", None]).view(pa.binary())
    text = pa.Array.from_buffers(pa.string(), 3, broken.buffers())
    pq.write_table(pa.table({"id": text, "text": text}), tmp_path / "a.parquet")
    found = read_all(Inputs(find([str(tmp_path / "a.parquet")]), WANTED))
    assert [row[2:] for row in found] == [("a", "a"), ("\ufffd", b"\xff"), (None, None)]


def test_long_answers_close_a_batch_early(tmp_path, monkeypatch):
    monkeypatch.setattr(readers, "MOST_CHARS", 150)
    monkeypatch.setattr("starl.files.tables.MOST_CHARS", 150)
    table = pa.table({"id": range(9), "text": ["x" * 80] * 9})
    pq.write_table(table, tmp_path / "a.parquet")
    (tmp_path / "a.jsonl").write_bytes(json_of(table))
    for name in ("a.parquet", "a.jsonl"):
        inputs = Inputs(find([str(tmp_path / name)]), WANTED)
        assert len(inputs.read(9).rows) == 2
        assert len(read_all(inputs, 9)) == 7


def test_small_batches_of_a_table_are_gathered(tmp_path):
    WRITERS["a.arrow"](tmp_path / "a.arrow")
    assert len(Inputs(find([str(tmp_path / "a.arrow")]), WANTED).read(5).rows) == 5


def test_row_groups_before_the_place_are_not_read(tmp_path):
    path = tmp_path / "a.parquet"
    pq.write_table(TABLE, path, row_group_size=3, compression="none", use_dictionary=False)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"zero", b"\xff\xff\xff\xff").replace(b"two", b"\xff\xff\xff"))
    texts = [text for *_, text in read_all(Inputs(find([str(path)]), WANTED, Position(0, 4, 5, 4)))]
    assert texts == ["", "five", "six"]


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow", "a.arrows"])
@pytest.mark.parametrize("keep", [0, 5, 0.5, 0.9])
def test_a_truncated_table_is_one_clear_line(tmp_path, name, keep):
    path = tmp_path / name
    WRITERS[name](path)
    content = path.read_bytes()
    path.write_bytes(content[: int(keep * len(content)) if isinstance(keep, float) else keep])
    with pytest.raises(SourceError, match=rf"{name} must be a whole \w+ file, got [^\n]+$"):
        check_and_read(path)


def test_a_truncated_gzip_file_is_one_clear_line(tmp_path):
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(gzip.compress(json_of(TABLE))[:-12])
    with pytest.raises(SourceError, match=r"a\.jsonl\.gz must be a whole gzip file, got [^\n]+$"):
        read_all(Inputs(find([str(path)]), WANTED))


@pytest.mark.parametrize("name", WRITERS)
def test_a_missing_column_is_named_before_anything_is_read(tmp_path, name):
    WRITERS[name](tmp_path / name)
    inputs = Inputs(find([str(tmp_path / name)]), Wanted("answer"))
    with pytest.raises(ColumnError, match=rf"{name}: column must be one of 'id', 'text', got 'answer'"):
        inputs.check()


def test_two_columns_of_one_name_are_refused(tmp_path):
    (tmp_path / "a.csv").write_text("text,text\na,b\n")
    with pytest.raises(ColumnError, match="must have a name of its own, got 2 called 'text'"):
        Inputs(find([str(tmp_path / "a.csv")]), Wanted("text")).check()


def test_a_key_may_be_left_out_of_the_first_objects(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"id": 1}\nbroken\n{"text": "a"}\n')
    inputs = Inputs(find([str(tmp_path / "a.jsonl")]), WANTED)
    inputs.check()
    assert [text for *_, text in read_all(inputs)] == [None, NOT_TEXT, "a"]


def test_folders_and_globs_are_sorted_and_hidden_files_left_out(tmp_path):
    for name in (
        "b.csv",
        "a.jsonl",
        "sub/c.parquet",
        "notes.txt",
        "_starl.json",
        ".hidden/d.csv",
        "_parts/e.csv",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    names = [
        source.name.removeprefix(f"{tmp_path}/") for source in find([str(tmp_path), f"{tmp_path}/*.csv"])
    ]
    assert names == ["a.jsonl", "b.csv", "sub/c.parquet", "b.csv"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no.csv", "must be a file, folder or glob, got nothing there"),
        ("no*.csv", "must stand for files, got none"),
        ("", r"must stand for files of \.jsonl, .*, got none"),
        ("a.txt", r"must end in one of \.jsonl, .* got \.txt; say what it is with --input-format"),
    ],
)
def test_what_stands_for_no_file_is_refused(tmp_path, name, message):
    (tmp_path / "a.txt").write_text("")
    with pytest.raises(SourceError, match=message):
        find([f"{tmp_path}/{name}"])


def test_the_format_can_be_given(tmp_path):
    (tmp_path / "a.txt").write_bytes(csv_of(TABLE))
    assert find([str(tmp_path / "a.txt")], Format.CSV) == [Source(str(tmp_path / "a.txt"), Format.CSV)]


def test_a_pipe_must_be_text():
    with pytest.raises(SourceError, match="a pipe must be one of jsonl, csv, tsv, got parquet"):
        find(["-"], Format.PARQUET)


def test_standard_input_is_given_once():
    with pytest.raises(SourceError, match="must be given once"):
        find(["-", "-"])


def test_a_large_file_is_known_by_head_tail_and_time(tmp_path, monkeypatch):
    monkeypatch.setattr("starl.files.sources._SMALL", 10)
    monkeypatch.setattr("starl.files.sources._END", 4)
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"head" + b"." * 20 + b"tail")
    [source] = find([str(path)])
    known = fingerprint(source)
    path.write_bytes(b"head" + b"," * 20 + b"tail")
    now = fingerprint(source)
    assert now.sha256 == known.sha256
    assert not now.same(known)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, None], pa.int64()),
        ([1, 2.5], pa.float64()),
        (["a", None], pa.string()),
        ([True, None], pa.bool_()),
        ([None, None], pa.null()),
        ([1, "a"], pa.string()),
        ([True, 1], pa.string()),
        ([2**70], pa.string()),
        ([{"a": 1}], pa.string()),
    ],
)
def test_json_values_get_one_type(values, kind):
    assert typed_array(values).type == kind


@pytest.mark.parametrize(
    ("kinds", "common"),
    [
        ([pa.int64(), pa.null()], pa.int64()),
        ([pa.null(), pa.null()], pa.string()),
        ([pa.int64(), pa.float64()], pa.float64()),
        ([pa.int64(), pa.string()], pa.string()),
        ([pa.timestamp("s"), pa.int64(), pa.timestamp("s")], pa.string()),
    ],
)
def test_types_of_parts_become_one(kinds, common):
    assert common_schema([pa.schema([("id", kind)]) for kind in kinds]).field("id").type == common


def test_columns_kept_never_clash_with_those_of_a_batch():
    wanted = Wanted("text", question="q", keep=("text", "question"))
    kept = {"text": pa.array(["a"]), "question": pa.array(["b"])}
    batch = to_batch(Rows(["a"], ["b"], kept, [1]), 5, wanted, "row")
    assert batch.schema.names == ["row", "text", "question", "text_", "question_"]
    assert batch.column("row").to_pylist() == [5]
