"""What a page and the index say."""

import json
import re
from dataclasses import replace

import pandas as pd
import pytest
from matplotlib.figure import Figure

from benchmarks import style
from benchmarks.ablation.windows_split import Prices
from benchmarks.errors import GenrebenchError
from benchmarks.reporting import figures
from benchmarks.reporting.dataset_page import Findings, write_report
from benchmarks.reporting.index import BEGIN, END, write_index
from benchmarks.reporting.notation import NONE, RULES, marking
from benchmarks.scoring.baselines import LINEAR, Baselines
from benchmarks.scoring.results import write_scores
from benchmarks.verification.compare import Compared, Verification
from benchmarks.verification.screen import keep
from tests.builders import (
    GTZAN_GENRES,
    REPOSITORY,
    STUDY,
    fake_audit,
    fake_baselines,
    fake_ladder,
    fake_leak,
    fake_manifest,
    fake_runs,
    write_fake_report,
)


@pytest.fixture(autouse=True)
def drawn_titles(monkeypatch):
    """Keep the titles of the figures instead of drawing them, which takes most of a report's time."""
    titles = []

    def keep_title(*arguments, **_):
        titles.append(arguments[-1])
        return Figure()

    monkeypatch.setattr(figures, "accuracy_intervals", keep_title)
    monkeypatch.setattr(figures, "learning_curves", keep_title)
    monkeypatch.setattr(figures, "confusion_matrices", keep_title)
    monkeypatch.setattr("benchmarks.reporting.dataset_page.ladder_figure", keep_title)
    monkeypatch.setattr("benchmarks.reporting.parity_page.parity_figure", keep_title)
    monkeypatch.setattr(style, "save", lambda _, path: path.touch())
    return titles


def report(folder, manifest, **combinations):
    runs = fake_runs(manifest, **combinations)
    write_fake_report(folder / manifest.dataset, manifest, runs)
    return (folder / manifest.dataset / "README.md").read_text(encoding="utf-8")


def table_rows(page, heading):
    """The cells of the first table under a heading, header first."""
    block = page.split(heading, 1)[1].split("\n|", 1)[1].split("\n\n", 1)[0]
    lines = [line for line in f"|{block}".splitlines() if not line.startswith("| :")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def test_the_first_table_shows_accuracies_and_the_second_every_epoch(tmp_path):
    page = report(tmp_path, fake_manifest("gtzan-mini", genres=GTZAN_GENRES))
    header, *rows = table_rows(page, "## Accuracy")
    assert header == ["Model", "Framework", "`published`, n = 30"]
    assert [row[:2] for row in rows] == [
        ["2D CNN", "PyTorch"],
        ["2D CNN", "TensorFlow"],
        ["1D CNN - LSTM", "PyTorch"],
        ["1D CNN - LSTM", "TensorFlow"],
        ["Baseline: most frequent genre", NONE],
        ["Baseline: logistic regression on MFCC", NONE],
    ]
    assert [row[2] for row in rows[4:]] == [f"{right}.0 [5.0, 50.0]" for right in (10, 40)]
    results = (tmp_path / "gtzan-mini" / "results.csv").read_text().splitlines()
    last, lowest = (dict(zip(results[0].split(","), line.split(","), strict=True)) for line in results[1:3])
    accuracy, loss = (
        [
            (
                f"{scale * float(it[f'{metric}_mean']):.{digits}f} [{scale * float(it[f'{metric}_low']):.{digits}f}, "
                f"{scale * float(it[f'{metric}_high']):.{digits}f}]"
            )
            for it in (last, lowest)
        ]
        for metric, scale, digits in (("accuracy", 100, 1), ("loss", 1, 2))
    )
    assert rows[0][2].startswith(accuracy[1])
    second = table_rows(page, "**Loss, and every epoch that is scored**")
    assert second[0] == ["Model", "Protocol", "Epoch", "Accuracy (%)", "SD", "Loss", "SD of loss"]
    for shown, name, place, it in ((second[1], "last epoch", 0, last), (second[2], "lowest test loss", 1, lowest)):
        spread = f"{100 * float(it['accuracy_std']):.1f}", f"{float(it['loss_std']):.2f}"
        assert shown == ["2D CNN, PyTorch", "`published`", name, accuracy[place], spread[0], loss[place], spread[1]]
    assert "n: test tracks; one is 3.3 points" in page
    assert "On this page `published` at the epoch of lowest test loss." in page
    assert "chosen by the test tracks themselves" in page


def test_the_claim_stands_beside_the_dataset_that_it_is_about_alone(tmp_path):
    page = report(tmp_path, fake_manifest("gtzan", genres=GTZAN_GENRES, per_genre=100), seeds=(0, 1))
    header, *rows = table_rows(page, "## Accuracy")
    assert [header[2], *(row[2] for row in rows)] == ["Claimed", "52", "52", "66", "66", NONE, NONE]
    for kind in ("gtzan-mini", "folder", "synthetic"):
        other = report(tmp_path, fake_manifest(kind, dataset="mine" if kind == "folder" else None))
        assert "Claimed" not in other


def test_what_makes_a_number_doubtful_stands_beside_it(tmp_path):
    manifest = fake_manifest("gtzan-mini")
    runs = fake_runs(manifest)
    baselines = fake_baselines(runs)
    of_one = (baselines.differences["architecture"] == "cnn2d") & (baselines.differences["framework"] == "pytorch")
    baselines.differences.loc[of_one, "accuracy_low"] = -0.01
    write_scores(runs, tmp_path)
    write_report(
        Findings(manifest, fake_audit(manifest), runs, baselines, fake_leak(manifest), None, None, STUDY), tmp_path
    )
    page = (tmp_path / "README.md").read_text(encoding="utf-8")
    first, second = (row[2] for row in table_rows(page, "## Accuracy")[1:3])
    assert first.endswith("] (chance, 1 batch)")
    assert second.endswith("] (1 batch)")
    assert "**chance**: " in page
    assert "**batches**: fewer than 10 an epoch" in page
    for run in runs:
        run.decided_by["protocol"]["schedule"]["batch_size"] = 2
    write_fake_report(tmp_path, manifest, runs)
    page = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert table_rows(page, "## Accuracy")[1][2].endswith("]")
    assert "**chance**" not in page
    assert "**batches**" not in page


def test_a_baseline_that_a_protocol_has_not_is_a_dash_and_the_page_says_why(tmp_path):
    manifest = fake_manifest("gtzan-mini")
    runs = fake_runs(manifest, protocols=("published", "corrected"))
    found = fake_baselines(runs)
    baselines = Baselines(
        *(
            table[(table["protocol"] != "published") | (table["baseline"] != LINEAR)]
            for table in (found.scores, found.differences)
        )
    )
    write_scores(runs, tmp_path)
    write_report(
        Findings(manifest, fake_audit(manifest), runs, baselines, fake_leak(manifest), None, None, STUDY), tmp_path
    )
    page = (tmp_path / "README.md").read_text()
    assert "There is no logistic regression beside `published`, whose windows are split" in page
    assert "beside `corrected`" not in page
    [row] = [it for it in table_rows(page, "## Accuracy") if "logistic regression" in it[0]]
    assert row[2] == NONE
    assert row[3] != NONE
    compared = [it for it in page.splitlines() if re.match(r"\| \*\w+\*: .*baseline", it)]
    assert compared
    assert all(it.startswith("| *corrected*: ") for it in compared)


def test_an_architecture_without_claim_shows_a_dash(tmp_path):
    runs = {"architectures": ("transformer",), "frameworks": ("jax",), "seeds": (0,)}
    page = report(tmp_path, fake_manifest("gtzan", genres=GTZAN_GENRES, per_genre=100), **runs)
    row, *_ = table_rows(page, "## Accuracy")[1:]
    assert row[:3] == ["transformer", "jax", NONE]


def test_synthetic_is_marked_everywhere(tmp_path):
    page = report(tmp_path, fake_manifest("synthetic"))
    report(tmp_path, fake_manifest("gtzan-mini"))
    write_index([STUDY], tmp_path)
    assert page.startswith("# SYNTHETIC")
    assert "not GTZAN" in page
    assert "nothing about the study's claim" in page
    headings = re.findall(r"^(?:## .*|\*\*.*\*\*)$", page, flags=re.MULTILINE)
    images = re.findall(r"!\[(.*)\]\(", page)
    assert len(headings) >= 8
    assert len(images) == 3
    assert all("SYNTHETIC" in text for text in (*headings, *images))
    index = (tmp_path / "README.md").read_text(encoding="utf-8")
    real, synthetic = index.split("## SYNTHETIC")
    assert "gtzan-mini" in real
    assert "SYNTHETIC" not in real
    assert "SYNTHETIC: generated audio, not GTZAN" in synthetic
    assert "| Baseline: most frequent genre" in synthetic


def test_figures_of_synthetic_runs_say_so(tmp_path, drawn_titles):
    report(tmp_path, fake_manifest("synthetic"), protocols=("other", "published"))
    assert len(drawn_titles) == 5
    assert all(title.startswith("SYNTHETIC") for title in drawn_titles)


def test_real_audio_is_not_called_synthetic(tmp_path):
    page = report(tmp_path, fake_manifest("gtzan-mini"))
    assert "SYNTHETIC" not in page
    assert "The study's claim is about the 1000 tracks of GTZAN." in page


def test_whole_gtzan_needs_no_warning_and_an_incomplete_one_names_every_missing_track(tmp_path):
    whole = fake_manifest("gtzan", genres=GTZAN_GENRES, per_genre=100)
    page = report(tmp_path / "whole", whole, seeds=(0,))
    assert "all 1000 tracks: the dataset that the study's claim is about" in page
    assert "Left out" not in page

    missing = {"jazz.00054": "cannot be decoded", "rock.00001": "no such file", "rock.00002": "no such file"}
    page = report(tmp_path, fake_manifest("gtzan", genres=GTZAN_GENRES, per_genre=100, missing=missing), seeds=(0,))
    assert "This is GTZAN (997 tracks)" in page
    assert "997 tracks of 10 genres are used, 3 left out" in page
    assert "- cannot be decoded (1): jazz.00054" in page
    assert "- no such file (2): rock.00001, rock.00002" in page


def test_one_seed_shows_a_dash_and_nothing_shows_nan(tmp_path):
    manifest = fake_manifest("folder", genres=[f"g{i:02}" for i in range(30)], per_genre=2, dataset="mine")
    page = report(tmp_path, manifest, seeds=(5,), epochs=1)
    write_index([STUDY], tmp_path)
    assert "One seed cannot say what other seeds would change." in page
    recall = table_rows(page, "## Recall of every genre")
    assert any(row[2:] == [NONE] * 4 and row[1] == "0" for row in recall)
    assert "put none of its tracks into the test set" in page
    assert "mean over 1 seed [95% interval]" in page
    (row, *_) = table_rows(page, "**Loss, and every epoch that is scored**")[1:]
    assert (row[4], row[6]) == (NONE, NONE)
    for text in (page, (tmp_path / "README.md").read_text(encoding="utf-8")):
        assert not re.search(r"\b(nan|None|null)\b", text)


def test_genres_of_any_name_keep_the_tables_whole(tmp_path):
    genres = ("a|b", "Drum & Bass", "*x* _y_", "$1$ <b>", "日本の歌", "total")
    page = report(tmp_path, fake_manifest("folder", genres=genres, dataset="mine"), seeds=(0,))
    for heading in ("## Recall of every genre", "### Data"):
        rows = table_rows(page, heading)
        assert {len(row) for row in rows} == {len(rows[0])}
        names = [row[0] for row in rows]
        assert {r"a\|b", "Drum &amp; Bass", r"\*x\* \_y\_", r"\$1\$ &lt;b>", "日本の歌", "total"} <= set(names)


def test_protocols_share_a_table_and_have_their_own_figures(tmp_path):
    page = report(tmp_path, fake_manifest("gtzan-mini"), protocols=("corrected", "published"), seeds=(0,))
    header, *rows = table_rows(page, "## Accuracy")
    assert [cell.split(",")[0] for cell in header[2:]] == ["`corrected`", "`published`"]
    assert {len(row) for row in rows} == {len(header)}
    assert all(cell != NONE for row in rows for cell in row[2:])
    for protocol in ("corrected", "published"):
        # the study's epoch stands first for both; fake runs have it under any protocol
        assert f"**Paired differences, epoch of lowest test loss, protocol `{protocol}`**" in page
        assert f"(figures/confusion-{protocol}.png)" in page
    assert page.count("(figures/accuracy.png)") == 1
    links = {link.partition("#")[0] for link in re.findall(r"\]\(([^):]+)\)", page)} - {""}
    links -= {"../../docs/rules.md", "../../docs/reading-a-report.md", "../parity.md", "../gtzan-mini/README.md"}
    # written by the stages around the report
    links -= {"digests.json", "provenance.md"}
    assert len(links) == 9 + 1 + 2 * 2
    for link in links:
        assert (tmp_path / "gtzan-mini" / link).is_file(), link


def test_sections_stand_in_the_order_in_which_they_are_read(tmp_path):
    manifest = fake_manifest("gtzan", genres=GTZAN_GENRES, per_genre=100)
    page = report(tmp_path, manifest, protocols=("published", "corrected"), seeds=(0, 1))
    assert re.findall(r"^## (.*)$", page, flags=re.MULTILINE) == [
        "What was found",
        "Accuracy",
        "Architectures and frameworks compared",
        "The ladder of flaws",
        "Windows of one track on both sides",
        "Recall of every genre",
        "Confusion matrices",
        "Learning curves",
        "Data audit",
        "Method",
        "How it was made",
    ]


def test_the_ladder_of_these_runs_has_its_figure_and_that_of_others_says_so(tmp_path, drawn_titles):
    manifest = fake_manifest("synthetic")
    runs = fake_runs(manifest, protocols=("published", "corrected"), seeds=(0, 1))
    folder = tmp_path / "synthetic"
    write_fake_report(folder, manifest, runs, fake_ladder(runs))
    assert "SYNTHETIC: what each step of the ladder changes, synthetic" in drawn_titles
    assert (folder / "figures" / "ladder-of-flaws.png").exists()
    assert "(figures/ladder-of-flaws.png)" in (folder / "README.md").read_text(encoding="utf-8")
    write_fake_report(folder, manifest, runs, replace(fake_ladder(runs), current=False))
    assert "SYNTHETIC: what each step of the ladder changes, synthetic, older runs" in drawn_titles
    assert (folder / "figures" / "ladder-of-flaws.png").exists()
    assert "**Of older runs.**" in (folder / "README.md").read_text(encoding="utf-8")


def test_figures_of_a_former_protocol_do_not_stay(tmp_path):
    report(tmp_path, fake_manifest("gtzan-mini"), protocols=("corrected", "published"), seeds=(0,))
    report(tmp_path, fake_manifest("gtzan-mini"), seeds=(0,))
    names = sorted(path.name for path in (tmp_path / "gtzan-mini" / "figures").iterdir())
    assert names == ["accuracy.png", "confusion-published.png", "learning-curves-published.png"]


def test_every_distinct_version_and_arithmetic_is_listed(tmp_path):
    manifest = fake_manifest("gtzan-mini")
    runs = fake_runs(manifest, seeds=(0, 1))
    other = {**runs[0].decided_by, "versions": {"numpy": "9.9.9"}, "arithmetic": "native"}
    write_fake_report(tmp_path, manifest, [replace(runs[0], decided_by=other), *runs[1:]])
    page = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert ["numpy", "9.9.9 and 2.4.6"] in table_rows(page, "### Versions and arithmetic")
    assert "Arithmetic: native. Another processor may give other numbers." in page
    assert "Arithmetic: portable. The same inputs give the same bits" in page


def test_a_page_of_results_holds_nothing_of_when_and_where(tmp_path):
    page = report(tmp_path, fake_manifest("gtzan-mini"))
    assert not re.search(r"\d\d:\d\d|[Cc]ommit `|cores|GiB|wall time|202\d-", page)
    assert "[provenance](provenance.md)" in page


def test_page_says_how_to_make_it_again(tmp_path):
    page = report(tmp_path, fake_manifest("gtzan-mini"), seeds=(0, 2))
    assert "python -m nox -s benchmark -- --dataset gtzan-mini" in page
    assert "dvc repro report@gtzan-mini" in page
    assert "25% are test tracks" in page
    assert "not stratified" in page
    assert "60 epochs in batches of 25 tracks. Adam: learning rate = 0.0005, beta 1 = 0.85, " in page
    assert "beta 2 = 0.99, epsilon = 1e-06." in page
    assert "Seeds: 0 and 2." in page


def test_index_lists_the_claims_dataset_first(tmp_path):
    for kind in ("synthetic", "folder", "gtzan-mini", "gtzan"):
        report(tmp_path, fake_manifest(kind), seeds=(0,), frameworks=("pytorch",))
    (tmp_path / "timing").mkdir()
    write_index([STUDY], tmp_path)
    index = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"\[Full report\]\((\w[\w-]*)/README.md\)", index) == [
        "gtzan",
        "gtzan-mini",
        "folder",
        "synthetic",
    ]
    assert "timing" not in index


def test_index_says_where_reruns_were_compared_with_the_record(tmp_path, monkeypatch):
    for kind in ("gtzan-mini", "synthetic"):
        report(tmp_path, fake_manifest(kind), seeds=(0,))
    write_index([STUDY], tmp_path)
    assert "## Reproduced" not in (tmp_path / "README.md").read_text(encoding="utf-8")
    facts = {"cpu": "A CPU | AVX2", "cores": 2, "system": "Linux", "python": "3.12.1"}
    monkeypatch.setattr("benchmarks.provenance.machine", lambda: facts)
    same = Compared("published cnn2d-pytorch seed 0", "identical", "", (0.5, 0.5), (1.25, 1.25))
    for dataset in ("gtzan-mini", "synthetic"):
        keep(Verification(dataset, (same,), (), 1), "abc", tmp_path)
    write_index([STUDY], tmp_path)
    newest, oldest = table_rows((tmp_path / "README.md").read_text(encoding="utf-8"), "## Reproduced")[1:]
    assert newest[:4] == ["synthetic", "identical, 1 of 1 runs bit by bit", "1 runs", r"A CPU \| AVX2, Python 3.12.1"]
    assert oldest[0] == "gtzan-mini"


def test_index_shows_what_there_is(tmp_path):
    with pytest.raises(GenrebenchError, match="no report found"):
        write_index([STUDY], tmp_path)
    report(tmp_path, fake_manifest("folder", dataset="null"), seeds=(0,), protocols=("null",))
    write_index([STUDY], tmp_path)
    assert "`null`, n = " in (tmp_path / "README.md").read_text(encoding="utf-8")
    (tmp_path / "null" / "baselines.csv").unlink()
    write_index([STUDY], tmp_path)
    assert "Made by an earlier version: make them again with `dvc repro report@null`." in (
        tmp_path / "README.md"
    ).read_text(encoding="utf-8")
    (tmp_path / "null" / "results.csv").unlink()
    write_index([STUDY], tmp_path)
    assert "No results: make them with `dvc repro report@null`." in (tmp_path / "README.md").read_text(encoding="utf-8")


def test_the_price_of_split_windows_stands_on_the_page_and_what_is_older_is_said(tmp_path):
    manifest = fake_manifest("gtzan-mini")
    runs = fake_runs(manifest)
    ends = {"track_split": 0.5, "window_split": 0.75, "difference": 0.25}
    row = {"protocol": "published", "architecture": "cnn2d", "framework": "pytorch", "selection": "last_epoch"}
    row |= {"unit": "vote", "windows": 5, "seconds": 3.0, "tracks": 20, "compared": 30, "seeds": 2}
    row |= {
        f"{name}{end}": value + by
        for name, value in ends.items()
        for end, by in (("", 0), ("_low", -0.1), ("_high", 0.1))
    }
    study = STUDY.model_copy(update={"windows_split_note": "Others say so."})
    write_fake_report(tmp_path, manifest, runs, prices=Prices(pd.DataFrame([row]), ("corrected",)), study=study)
    page = (tmp_path / "README.md").read_text(encoding="utf-8")
    _, cells = table_rows(page, "## The networks with windows of one track on both sides")
    assert cells[1:3] == ["`published`", "tracks, by vote"]
    assert "Windows of a track: `published` 5 of 3 s." in page
    assert cells[3:] == ["50.0 [40.0, 60.0]", "75.0 [65.0, 85.0]", "+25.0 [15.0, 35.0]"]
    assert "Others say so." in page
    assert "corrected: measured with other runs or choices" in page
    assert json.loads((tmp_path / "report.json").read_text())["windows_split"] == ["published"]
    older = Prices(pd.DataFrame([row])[:0], ("published",))
    write_fake_report(tmp_path, manifest, runs, prices=older, study=study)
    page = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "published: measured with other runs or choices" in page
    assert "Others say so." not in page
    assert "windows_split" not in json.loads((tmp_path / "report.json").read_text())


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        (fake_manifest("folder", dataset="mine"), "runs of synthetic do not belong to the manifest of mine"),
        (fake_manifest(genres=("x", "y", "z")), "other genres than its manifest"),
        (fake_manifest(per_genre=5), "which the manifest of synthetic does not hold"),
    ],
)
def test_runs_of_another_manifest_are_refused_before_anything_is_written(tmp_path, manifest, message):
    runs = fake_runs(fake_manifest())
    with pytest.raises(GenrebenchError, match=message):
        write_report(
            Findings(
                manifest, fake_audit(manifest), runs, fake_baselines(runs), fake_leak(manifest), None, None, STUDY
            ),
            tmp_path,
        )
    assert not list(tmp_path.iterdir())


def test_report_json_holds_what_the_index_needs(tmp_path):
    report(tmp_path, fake_manifest("synthetic"), seeds=(0,))
    facts = json.loads((tmp_path / "synthetic" / "report.json").read_text())
    assert facts == {
        "study": STUDY.name,
        "dataset": "synthetic",
        "origin": "synthetic",
        "kind": "synthetic",
        "tracks": 30,
        "left_out": 0,
        "genres": 3,
        "deviation": "",
        "verdict": [],
        "verdicts": [],
        "artists": {},
        "copies": {"exact": 0, "near": 0, "tracks": 0},
        "ladder_current": False,
        "ladder_steps": {},
    }


def test_report_json_counts_the_test_tracks_of_artists_on_two_sides(tmp_path):
    # of GTZAN's own tracks, whose artists are known
    manifest = fake_manifest("gtzan-mini", genres=("blues", "jazz"), per_genre=100)
    report(tmp_path, manifest, seeds=(0,))
    facts = json.loads((tmp_path / "gtzan-mini" / "report.json").read_text())
    (held, tested) = facts["artists"]["published"]
    assert tested == 60
    # two hundred tracks by a few artists each, split at random
    assert held > 40


def test_a_changed_protocol_is_named_in_report_and_index(tmp_path):
    manifest = fake_manifest("gtzan-mini")
    runs = fake_runs(manifest, seeds=(0,))
    for run in runs:
        run.decided_by["protocol"]["schedule"]["epochs"] = 5
    write_fake_report(tmp_path / manifest.dataset, manifest, runs)
    write_index([STUDY], tmp_path)
    for page in (tmp_path / "gtzan-mini" / "README.md", tmp_path / "README.md"):
        assert "not the study's protocol:** epochs 5 instead of 60." in page.read_text(encoding="utf-8")


def test_a_folder_s_report_says_how_to_name_the_folder(tmp_path):
    page = report(tmp_path, fake_manifest("folder", dataset="mine"), seeds=(0,))
    assert "--audio-dir FOLDER --name mine" in page


def test_the_verdict_stands_near_the_top_of_the_claim_s_own_dataset_alone(tmp_path):
    page = report(tmp_path, fake_manifest("gtzan", genres=GTZAN_GENRES, per_genre=100), seeds=(0, 1))
    assert 0 < page.index("**Verdict on the claim.**") < page.index("## What was found")
    assert page.count("The claim lies **") == 8
    write_index([STUDY], tmp_path)
    assert (tmp_path / "README.md").read_text(encoding="utf-8").count("The claim lies **") == 8
    for kind in ("gtzan", "gtzan-mini", "synthetic"):
        other = report(tmp_path / "other", fake_manifest(kind), seeds=(0, 1))
        assert "The claim lies" not in other
        assert "does not apply" in other


def test_the_rules_are_named_with_their_version_and_linked(tmp_path):
    page = report(tmp_path, fake_manifest("synthetic"), seeds=(0,))
    write_index([STUDY], tmp_path)
    title = (REPOSITORY / "docs" / "rules.md").read_text(encoding="utf-8").splitlines()[0]
    assert title == f"# {RULES}"
    assert f"[{RULES}](../../docs/rules.md)" in page
    assert f"[{RULES}](../docs/rules.md)" in (tmp_path / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("mark", ["QUICK", "PRELIMINARY"])
@pytest.mark.parametrize("kind", ["synthetic", "gtzan-mini"])
def test_a_mark_stands_on_every_title_and_figure(tmp_path, drawn_titles, mark, kind):
    with marking(mark):
        page = report(tmp_path, fake_manifest(kind))
        write_index([STUDY], tmp_path)
    titles = re.findall(r"^## (.*)$|^# (.*)$|^!\[(.*?)\]", page, re.MULTILINE)
    shown = ["".join(title) for title in titles if "".join(title) != "The claim"]
    assert len(shown) > 10
    begin = f"{mark}, SYNTHETIC: " if kind == "synthetic" else f"{mark}: "
    assert all(title.startswith(begin) for title in [*shown, *drawn_titles])
    index = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert f"## {begin}results on {kind}" in index
    # and says what it means, before what the dataset means for the claim
    for text in (page, index):
        assert re.search(rf"^> \*\*{mark}: one seed.*\*\*\n>\n> ", text, re.MULTILINE)
    assert mark not in report(tmp_path, fake_manifest(kind))


def test_the_readme_gets_the_findings_where_it_has_a_place_for_them(tmp_path):
    reports = tmp_path / "reports"
    report(reports, fake_manifest("gtzan-mini"), seeds=(0, 1))
    readme = tmp_path / "README.md"
    readme.write_text("# A project without a place\n")
    write_index([STUDY], reports)
    assert readme.read_text() == "# A project without a place\n"
    readme.write_text(f"# Before\n\n{BEGIN}what was found last year\n{END}\n## After\n")
    write_index([STUDY], reports)
    before, _, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
    findings, _, after = rest.partition(END)
    assert (before, after) == ("# Before\n\n", "\n## After\n")
    assert "last year" not in findings
    assert "*published*: 2D CNN vs baseline: open" in findings
    assert "](reports/gtzan-mini/README.md#accuracy)" in findings
    assert "](docs/gtzan.md)" in findings
    assert "**gtzan-mini is small.** An epoch has few batches, 1 under `published`" in findings


def two_reports(folder, study):
    """A report of the first study and one of another."""
    for kind in ("gtzan-mini", "synthetic"):
        manifest = fake_manifest(kind)
        write_fake_report(folder / kind, manifest, fake_runs(manifest))
    path = folder / "synthetic" / "report.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "study": study}))


def test_records_of_a_study_that_params_do_not_name_are_no_other_s(tmp_path):
    two_reports(tmp_path, "another")
    write_index([STUDY], tmp_path)
    page = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "gtzan-mini/README.md" in page
    assert "synthetic/README.md" not in page


def test_another_study_has_a_page_whose_commands_name_it(tmp_path):
    two_reports(tmp_path, "another")
    other = STUDY.model_copy(update={"name": "another", "title": "Another study"})
    write_index([STUDY, other], tmp_path)
    first, second = ((tmp_path / name).read_text(encoding="utf-8") for name in ("README.md", "another.md"))
    assert "[Another study](another.md): another study." in first
    assert f"nox -s benchmark -- --dataset {STUDY.claim.dataset}`" in first
    assert f"nox -s benchmark -- --study another --dataset {STUDY.claim.dataset}`" in second
    assert "synthetic/README.md" in second
    assert "gtzan-mini/README.md" not in second
