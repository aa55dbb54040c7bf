"""What the timing report says."""

import re

import pytest

from benchmarks.reporting.index import write_index
from benchmarks.reporting.wording import NONE
from benchmarks.timing.measuring.subjects import ONE, PARALLEL, WIDE
from benchmarks.timing.reporting.report import write_report
from tests.builders import fake_manifest, fake_runs, write_fake_report
from tests.timing.results import COMMIT, epoch, row, written

TORCH, KERAS = ("cnn2d", "pytorch"), ("cnn_lstm", "tensorflow")


def page_of(folder, rows):
    written(folder / "timing.json", rows)
    write_report(folder)
    return (folder / "README.md").read_text(encoding="utf-8")


def table(page, heading):
    """The cells of the first table under a heading, header first."""
    block = page.split(f"{heading}\n", 1)[1].split("\n|", 1)[1].split("\n\n", 1)[0]
    lines = [line for line in f"|{block}".splitlines() if not line.startswith("|:")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def training(torch_tuned=4.0, **info):
    """Training epochs of two implementations, stock and tuned, on both choices of threads."""
    return [
        epoch(made, variant, [0.9 * seconds, seconds, seconds, seconds, 1.1 * seconds], threads, limit=2.0, **info)
        for threads in ("1", "all")
        for made, variant, seconds in (
            (TORCH, "stock", 14.0),
            (TORCH, "tuned", torch_tuned),
            (KERAS, "stock", 3.0),
            (KERAS, "tuned", 2.75),
        )
    ]


def test_first_sentence_says_which_bars_of_training_are_met(tmp_path):
    page = page_of(tmp_path, training())
    assert page.split("\n\n")[1] == (
        "**A training epoch of 800 tracks on all 2 cores, stock code's time divided by this project's: "
        "2D CNN, PyTorch 3.50x (bar 3.5x: met); 1D CNN - LSTM, TensorFlow 1.09x (bar 1.2x: not met).**"
    )
    assert table(page, "# Timing") == [
        ["Bar", "On", "Measured", "Asked", ""],
        ["2D CNN, PyTorch: stock / tuned", "all 2 cores", "3.50x", "at least 3.50x", "met"],
        ["1D CNN - LSTM, TensorFlow: stock / tuned", "all 2 cores", "1.09x", "at least 1.20x", "not met"],
        ["2D CNN, PyTorch: tuned / limit", "all 2 cores", "2.00x", "at most 2.30x", "met"],
    ]
    assert "The bars are meant for" not in page
    assert "The bars are set for" not in page
    one = [it for it in training() if it["extra_info"]["threads_asked"] == "1"]
    assert "The bars are set for 2 cores. This run had 1." in page_of(tmp_path, one)
    assert "The bars are meant for epochs of 800 tracks." in page_of(tmp_path, training(tracks=160))


def test_epochs_are_shown_with_ratio_limit_and_share(tmp_path):
    header, first, *_ = table(page_of(tmp_path, training()), "## Training")
    assert header[:5] == ["Model", "Framework", "Threads", "Stock (s)", "Tuned (s)"]
    assert first == ["2D CNN", "PyTorch", "1", "14.0", "4.00", "3.50 (3.50 to 3.50)", "2.00", "2.00", "14.3%", "50.0%"]
    assert (tmp_path / "figures" / "epoch.png").read_bytes().startswith(b"\x89PNG")


def test_an_unreliable_row_is_marked_wherever_it_goes_with_its_reason(tmp_path):
    rows = training()
    rows[1]["extra_info"]["unreliable"] = "its rounds spread by 14%"
    page = page_of(tmp_path, rows)
    assert table(page, "## Training")[1][4] == "4.00 †"
    assert "† Unreliable. `test_training_epoch[cnn2d-pytorch-tuned-1]`: its rounds spread by 14%." in page
    rows[5]["extra_info"]["unreliable"] = "its rounds spread by 14%"
    page = page_of(tmp_path, rows)
    assert "PyTorch 3.50x (bar 3.5x: met, unreliable)" in page
    assert [line[2] for line in table(page, "# Timing")[1:]] == ["3.50x †", "1.09x", "2.00x †"]


def test_without_stock_or_limit_there_are_dashes_and_no_bars(tmp_path):
    page = page_of(tmp_path, [epoch(("another", "fake"), "tuned", [1.0] * 5)])
    assert table(page, "## Training")[1] == ["another", "fake", "1", NONE, "1.00", *[NONE] * 5]
    assert "Asked" not in page


def network(group, name, seconds, **info):
    return row(group, name, seconds, architecture="cnn2d", framework="pytorch", **info)


def test_batch_sizes_stand_beside_each_other(tmp_path):
    rows = [
        *training()[:2],
        network("training by batch size", "a", [0.5] * 5, batch_size=1, tracks=32, limit_seconds=0.1),
        network("inference", "b", [0.002] * 5, batch_size=1, tracks=1, limit_seconds=0.0002),
        network("inference", "c", [0.004] * 5, batch_size=1, tracks=1, variant="stock"),
    ]
    page = page_of(tmp_path, rows)
    header, *lines = table(page, "### Training")
    assert header[2:] == ["Batch size", *(f"{it},<br>one thread" for it in ("Stock", "Tuned", "Share of the limit"))]
    first, second = lines
    assert first[2:] == ["1", NONE, "64.0", "20.0%"]
    assert second[2:] == ["32", "57.1", "200", "50.0%"]
    assert table(page, "### Inference")[1] == ["2D CNN", "PyTorch", "1", "250", "500", "10.0%"]


def test_cold_start_memory_and_jobs(tmp_path):
    rows = [
        *training()[:2],
        *(
            network("cold start", step, [s] * 5, step=step)
            for step, s in (("import", 2.0), ("build", 0.1), ("first batch", 0.4))
        ),
        network("memory", "m", [1.0], peak_mib=1000.0),
        network("memory", "n", [1.0], peak_mib=2000.0, variant="stock"),
        network("jobs", "o", [1.0] * 5, way=ONE, jobs=1),
        network("jobs", "w", [0.8] * 5, way=WIDE, jobs=1),
        network("jobs", "p", [1.25] * 5, way=PARALLEL, jobs=2),
    ]
    page = page_of(tmp_path, rows)
    assert table(page, "## Cold start")[1][2:] == ["2.00", "0.100", "0.400", "2.50"]
    assert table(page, "## Peak memory")[1][2:] == ["2,000", "1,000"]
    assert table(page, "## Seeds in parallel")[1][2:] == ["800", "1,000", "1,280", "1.60"]
    judged = {line[0].partition(": ")[2]: line[2:] for line in table(page, "# Timing")[1:]}
    assert judged["peak memory of a worker"] == ["1,000 MiB", "at most 1,536 MiB", "met"]
    assert judged["throughput of 2 seeds in parallel / one"] == ["1.60x", "at least 1.80x", "not met"]


def test_features_stand_beside_stock(tmp_path):
    rows = [
        *training()[:2],
        row("features", "f", [0.01] * 5, feature_set="mel_picture_5s", tracks=1),
        row("features", "g", [0.2] * 5, feature_set="mel_picture_5s", tracks=1, variant="stock"),
        row("features of a list", "h", [0.2] * 5, feature_set="mel_picture_5s", tracks=40),
        row("features of a list", "i", [1.2] * 5, feature_set="mel_picture_5s", tracks=40, variant="stock"),
    ]
    page = page_of(tmp_path, rows)
    assert table(page, "## Features")[1] == ["`mel_picture_5s`", "1", "200", "10.0", "20.0 (20.0 to 20.0)"]
    assert table(page, "### Many tracks, all cores")[1] == [
        "`mel_picture_5s`",
        "40",
        "1.20",
        "0.200",
        "6.00 (6.00 to 6.00)",
    ]
    assert table(page, "# Timing")[-1][2:] == ["6.00x", "at least 8.00x", "not met"]


def test_page_says_where_its_numbers_come_from(tmp_path):
    page = page_of(tmp_path, training())
    assert r"- A CPU\_1 @ 2.0 GHz, 2 cores, 23.5 GiB memory, Linux 6.1 x86_64." in page
    assert f"- Git commit `{COMMIT[:12]}`, without uncommitted changes." in page
    assert "- Finished 2026-11-22 11:02 UTC." in page
    assert r"| tuned  | 1         | OMP\_NUM\_THREADS=1 |" in page
    assert "| numpy     | 2.4.6     |\n| python    | 3.11.7    |" in page
    assert "no part of the accuracy record" in page
    links = re.findall(r"\]\(([^)]+)\)", page)
    assert links == ["figures/epoch.png", "timing.json", "../../docs/timing.md"]


def test_a_group_without_benchmarks_has_no_heading(tmp_path):
    page = page_of(tmp_path, training())
    assert re.findall(r"^## (.*)", page, flags=re.MULTILINE) == ["Training", "How to read it", "How it was made"]


@pytest.mark.parametrize("name", ["README.md", "figures/epoch.png"])
def test_same_results_give_the_same_files(tmp_path, name):
    for folder in ("a", "b"):
        page_of(tmp_path / folder, training())
    assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_index_links_to_the_timing_report(tmp_path):
    manifest = fake_manifest()
    runs = fake_runs(manifest, seeds=(0,))
    write_fake_report(tmp_path / manifest.dataset, manifest, runs)
    write_index(tmp_path)
    assert "timing" not in (tmp_path / "README.md").read_text(encoding="utf-8")
    page_of(tmp_path / "timing", training())
    write_index(tmp_path)
    assert "[timing report](timing/README.md)" in (tmp_path / "README.md").read_text(encoding="utf-8")
