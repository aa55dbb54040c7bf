from pathlib import Path

import pytest

from benchmarks.scoring.table import read_table


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('a,b\n1,2\n"3,4\n', "unexpected end of data"),
        ('a,b\n1,"2"3\n', "expected after"),
        ("a,b\n1\n", "line 2 has 1 fields, needs 2"),
        ("a\n1\n", "no column b"),
        ("", "no column a"),
    ],
)
def test_what_is_no_whole_table_is_one_kind_of_error(content: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text(content)
    with pytest.raises(ValueError, match=said):
        read_table(path, ("a", "b"))


def test_only_an_empty_field_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("protocol,value\nnull,1\nNA,\n")
    found = read_table(path)
    assert list(found["protocol"]) == ["null", "NA"]
    assert list(found["value"].isna()) == [False, True]
