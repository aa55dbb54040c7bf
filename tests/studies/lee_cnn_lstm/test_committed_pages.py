"""The committed pages: what the code makes of the committed records, in lines that a screen holds."""

import re
import shutil
from pathlib import Path

import pytest

from benchmarks.reporting.index import write_index
from benchmarks.reporting.parity_page import write_parity
from benchmarks.reporting.provenance import PARITY_PAGE
from benchmarks.reporting.published_weights_page import write_published_weights
from benchmarks.settings import load_settings
from benchmarks.studies.study import load_study
from tests.builders import REPOSITORY

STUDY = load_study("lee_cnn_lstm")
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


def test_pages_made_of_committed_records_are_what_the_code_makes(tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    shutil.copytree(REPOSITORY / "reports", reports)
    shutil.copy(REPOSITORY / "README.md", tmp_path)
    for page in reports.glob("*.md"):
        page.unlink()
    write_parity(reports)
    write_published_weights(STUDY, reports)
    shutil.copy(REPOSITORY / "reports" / PARITY_PAGE, reports)
    write_index(load_settings(REPOSITORY / "params.yaml").studies, reports)
    made = {path.relative_to(tmp_path) for path in (tmp_path / "README.md", *reports.glob("*.md"))}
    assert made == {Path("README.md"), *(it.relative_to(REPOSITORY) for it in (REPOSITORY / "reports").glob("*.md"))}
    for name in (*made, "reports/parity.png"):
        assert (tmp_path / name).read_bytes() == (REPOSITORY / name).read_bytes(), name
