"""The page that sets studies side by side, from tables as the report folders hold them."""

from typing import Any

import pandas as pd

from benchmarks.reporting.notation import NONE
from benchmarks.reporting.records import Records
from benchmarks.reporting.studies_page import studies_page
from benchmarks.studies.study import Study
from tests.builders import STUDY
from tests.reporting.test_findings import records

CLAIM = STUDY.claim


def another(unit: str) -> Study:
    """The same study under another name, whose claim counts in a unit."""
    claimed = [it.model_copy(update={"unit": unit}) for it in CLAIM.results]
    return STUDY.model_copy(update={"name": "another", "claim": CLAIM.model_copy(update={"results": tuple(claimed)})})


def scores(column: str, **more: Any) -> pd.DataFrame:
    """Accuracies 0.5 and 0.25 of the first claimed network under the claim's protocol, a framework each."""
    row = {
        "protocol": CLAIM.protocol,
        "architecture": CLAIM.results[0].architecture,
        "selection": CLAIM.selection,
        "batches": 3,
        **more,
    }
    values = (("pytorch", 0.5), ("tensorflow", 0.25))
    return pd.DataFrame(
        [
            {**row, "framework": name, column: it, "accuracy_low": it - 0.1, "accuracy_high": it + 0.1}
            for name, it in values
        ]
    )


def measured(study: str, **tables: Any) -> Records:
    return records(facts={"study": study}, differences=pd.DataFrame(), **tables)


def first_row(page: str, study: str) -> list[str]:
    row = next(it for it in page.splitlines() if it.startswith(f"| {study} |"))
    return [cell.strip() for cell in row.strip("|").split("|")]


def test_there_is_no_page_of_one_study() -> None:
    assert studies_page([STUDY, another("track")], [measured(STUDY.name, results=scores("accuracy_mean"))]) == ""


def test_each_study_is_measured_in_the_unit_of_its_claim() -> None:
    units = pd.concat([scores("accuracy", unit="vote"), scores("accuracy", unit="window").assign(accuracy=0.9)])
    page = studies_page(
        [STUDY, another("vote")],
        [
            measured(STUDY.name, results=scores("accuracy_mean")),
            measured("another", results=scores("accuracy_mean").assign(accuracy_mean=0.7), units=units),
        ],
    )
    expected = "PyTorch 50.0 [40.0, 60.0]; TensorFlow 25.0 [15.0, 35.0]"
    assert [first_row(page, name)[4] for name in (STUDY.name, "another")] == [expected, expected]
    assert first_row(page, "another")[5:7] == [NONE, NONE]


def test_the_price_of_split_windows_stands_beside() -> None:
    price = scores("difference", unit="window").rename(columns=lambda name: name.replace("accuracy", "difference"))
    tables = {"results": scores("accuracy_mean"), "windows_split": price}
    both = [measured(STUDY.name, results=scores("accuracy_mean")), measured("another", **tables)]
    page = studies_page([STUDY, another("track")], both)
    assert first_row(page, "another")[6] == "PyTorch +50.0 [40.0, 60.0]; TensorFlow +25.0 [15.0, 35.0]"
    # a larger dataset, on which it was not measured
    larger = records("gtzan", 500, facts={"study": "another"}, differences=pd.DataFrame(), results=tables["results"])
    page = studies_page([STUDY, another("track")], [larger, *both])
    assert first_row(page, "another")[3] == "[gtzan](gtzan/README.md)"
    assert first_row(page, "another")[6].startswith("[gtzan-mini](gtzan-mini/README.md): PyTorch +50.0")
