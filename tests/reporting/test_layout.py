"""How the tables of the committed pages look in their source: lines that a screen holds, heads of one line."""

import re
from pathlib import Path

import pytest

from tests.builders import REPOSITORY

WIDEST = 130
PAGES = sorted([REPOSITORY / "README.md", *(REPOSITORY / "reports").rglob("README.md")])


def table_lines(page: Path) -> list[str]:
    """The lines of a page's tables, addresses of links aside."""
    lines = page.read_text(encoding="utf-8").splitlines()
    return [re.sub(r"\]\([^)]*\)", "]", line) for line in lines if line.startswith("|")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_tables_fit_a_screen(page: Path) -> None:
    lines = table_lines(page)
    assert [line for line in lines if len(line) > WIDEST] == []
    assert not any("<br>" in line or "  " in line for line in lines)
