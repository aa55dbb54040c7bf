"""Tables of a report folder, as CSV."""

import csv
from collections.abc import Collection
from io import StringIO
from pathlib import Path

import pandas as pd


def read_table(path: Path, columns: Collection[str] = ()) -> pd.DataFrame:
    """Read a table that this project wrote; only an empty field is missing: a protocol may be called `null`.

    Parameters
    ----------
    path : Path
        The file.
    columns : collection of str
        What must be in it.

    Raises
    ------
    ValueError
        If it is no whole table: pandas fills up a line that was cut off, and takes the marks of a merge for lines.
    """
    text = path.read_text(encoding="utf-8")
    try:
        header, *lines = list(csv.reader(StringIO(text), strict=True)) or [[]]
    except csv.Error as error:
        raise ValueError(str(error)) from None
    if missing := sorted(set(columns) - set(header)):
        raise ValueError(f"no column {missing[0]}")
    for number, line in enumerate(lines, start=2):
        if len(line) != len(header):
            raise ValueError(f"line {number} has {len(line)} fields, needs {len(header)}")
    return pd.read_csv(StringIO(text), keep_default_na=False, na_values=[""])
