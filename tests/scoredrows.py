"""Rows in the schema of scored answers, made by hand for tests of what comes after scoring."""

import pyarrow as pa

from starl.columns import answer_schema

USUAL = {"status": "ok", "answer_type": "story", "n_words": 100, "hidden_deeds": 0, "fingerprint": "f1"}
USUAL |= {"profile": "default"}
USUAL |= {f"action_{agent}": 0 for agent in ("i", "we", "other", "none")}
UNREAD = ("missing", "not_text", "oversized")


def scored(*rows, extra=None):
    """Return a table with a row for each dict; what it leaves out is as usual, or null if not read.

    ``extra`` holds further columns as lists, which stand in front.
    """
    schema = answer_schema()
    filled = []
    for row in rows:
        usual = {"profile": "default", "fingerprint": "f1"} if row.get("status") in UNREAD else USUAL
        filled.append(dict.fromkeys(schema.names) | usual | row)
    columns = [pa.array([row[field.name] for row in filled]).cast(field.type) for field in schema]
    table = pa.table(columns, schema=schema)
    for name, values in reversed((extra or {}).items()):
        table = table.add_column(0, name, values if isinstance(values, pa.Array) else pa.array(values))
    return table
