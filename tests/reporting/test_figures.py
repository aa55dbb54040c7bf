"""Figures of any number of genres, implementations and epochs, their look, and the bytes of whole reports."""

import pandas as pd
import pytest
from matplotlib.colors import to_hex

from benchmarks.reporting.figures import accuracy_intervals, confusion_matrices, counts_answers, learning_curves
from benchmarks.reporting.index import write_index
from benchmarks.scoring.results import headline_rows, score_tables
from benchmarks.style import figure_style, framework_colours, genre_labels, save
from tests.builders import (
    GTZAN_GENRES,
    STUDY,
    fake_baselines,
    fake_ladder,
    fake_manifest,
    fake_runs,
    folder_bytes,
    write_fake_report,
)


def test_accuracies_show_intervals_seeds_baselines_and_the_claim():
    runs = fake_runs(
        fake_manifest(),
        architectures=("cnn2d", "transformer"),
        seeds=(0, 1, 2),
        protocols=("published", "corrected"),
    )
    tables = score_tables(runs)
    # a protocol has the epoch that stands first for it
    chosen = {"published": "lowest_test_loss", "corrected": "last_epoch"}
    results, seeds_of = (
        table[table["selection"] == table["protocol"].map(chosen)] for table in (tables.results, tables.runs)
    )
    baselines = fake_baselines(runs).scores
    baselines.loc[baselines["protocol"] == "corrected", "accuracy"] += 0.05
    with figure_style():
        figure = accuracy_intervals(results, tables.runs, baselines, "a title", claim=STUDY.claim)
    assert figure.get_suptitle() == "a title"
    assert [axes.get_title() for axes in figure.axes] == [
        "published, epoch of lowest test loss",
        "corrected, last epoch",
    ]
    last = results[results["protocol"] == "corrected"]
    axes = figure.axes[1]
    lines = [line for line in axes.lines if line.get_linestyle() == "-"]
    assert [tuple(line.get_xdata()) for line in lines] == [
        *((100 * row["accuracy_low"], 100 * row["accuracy_high"]) for row in last.to_dict("records")),
        *[(5, 50)] * 2,
    ]
    means = [line.get_xdata()[0] for line in axes.lines if line.get_marker() == "o"]
    assert means == pytest.approx([*(100 * last["accuracy_mean"]), 15, 45])
    # a mark for every accuracy, with the number of seeds where several coincide
    marks = [line.get_xydata()[0].tolist() for line in axes.lines if line.get_marker() == "|"]
    counted = {text.get_position(): int(text.get_text()[1:]) for text in axes.texts if text.get_text()[0] == "x"}
    seeds = [accuracy for accuracy, height in marks for _ in range(counted.get((accuracy + 1, height), 1))]
    assert sorted(seeds) == pytest.approx(sorted(100 * seeds_of[seeds_of["protocol"] == "corrected"]["accuracy"]))
    assert counted
    # one claim, beside its own architecture alone
    (claimed,) = (line for line in axes.lines if line.get_linestyle() == "--")
    assert list(claimed.get_xdata()) == [52, 52]
    assert [text.get_text() for text in axes.texts if text.get_text()[0] != "x"] == ["claimed 52"]
    heights = [line.get_ydata()[0] for line in lines]
    assert max(claimed.get_ydata()) > heights[0] > heights[1] > min(claimed.get_ydata()) > heights[2]
    assert heights == sorted(heights, reverse=True)
    labels = dict(zip(axes.get_yticks(), (it.get_text() for it in figure.axes[0].get_yticklabels()), strict=True))
    assert labels[heights[0]] == "2D CNN, PyTorch"
    assert [labels[height] for height in heights[4:]] == [
        "Baseline: most frequent genre",
        "Baseline: logistic regression on MFCC",
    ]
    assert "claimed on GTZAN, protocol published" in [text.get_text() for text in figure.legends[0].get_texts()]


def test_an_architecture_without_claim_has_no_line_of_one():
    runs = fake_runs(fake_manifest(), architectures=("transformer",), frameworks=("jax",), seeds=(0,))
    tables = score_tables(runs)
    with figure_style():
        figure = accuracy_intervals(
            headline_rows(tables.results), tables.runs, fake_baselines(runs).scores, "a title", claim=STUDY.claim
        )
    assert not [line for axes in figure.axes for line in axes.lines if line.get_linestyle() == "--"]
    assert not [text for text in figure.legends[0].get_texts() if "claimed" in text.get_text()]


def test_the_claim_is_not_drawn_beside_other_datasets():
    runs = fake_runs(fake_manifest(), seeds=(0,))
    tables = score_tables(runs)
    scores = fake_baselines(runs).scores
    with figure_style():
        figure = accuracy_intervals(headline_rows(tables.results), tables.runs, scores, "a title")
    assert not [line for axes in figure.axes for line in axes.lines if line.get_linestyle() == "--"]
    assert not [text for text in figure.legends[0].get_texts() if "claimed" in text.get_text()]


def test_learning_curves_show_every_seed_and_the_mean():
    runs = fake_runs(fake_manifest(), seeds=(0, 1, 2))
    with figure_style():
        figure = learning_curves(runs, score_tables(runs).curves, "a title")
    assert figure.get_suptitle() == "a title"
    assert len(figure.axes) == 4
    for axes in figure.axes:
        assert len(axes.lines) == 2 * (3 + 1) * 2
        assert {line.get_linestyle() for line in axes.lines} == {"-", "--"}
        assert len({to_hex(line.get_color()) for line in axes.lines}) == 2
    loss, accuracy = figure.axes[0], figure.axes[2]
    assert loss.get_ylim()[0] == 0
    assert accuracy.get_ylabel() == "Accuracy (%)"
    for line in loss.lines:
        assert max(line.get_ydata()) < loss.get_ylim()[1]


@pytest.mark.parametrize(("architectures", "frameworks"), [(("cnn2d",), ("pytorch",)), (("a", "b", "c"), ("d", "e"))])
def test_confusion_matrices_share_one_scale(architectures, frameworks):
    manifest = fake_manifest(genres=GTZAN_GENRES)
    runs = fake_runs(manifest, architectures=architectures, frameworks=frameworks, seeds=(0, 1))
    with figure_style():
        figure = confusion_matrices(score_tables(runs).confusion, manifest.genres, "a title", counted=False)
    images = [axes.images[0] for axes in figure.axes if axes.images]
    assert len(images) == len(architectures) * len(frameworks)
    for image in images:
        assert image.get_clim() == (0, 100)
        sums = image.get_array().sum(axis=1)
        assert all(total == pytest.approx(100) for total in sums.compressed())


def test_confusion_matrices_of_few_tracks_show_how_many():
    manifest = fake_manifest(genres=GTZAN_GENRES)
    confusion = score_tables(fake_runs(manifest, seeds=(0, 1))).confusion
    assert counts_answers(confusion)
    assert not counts_answers(pd.concat([confusion] * 10))
    with figure_style():
        figure = confusion_matrices(confusion, manifest.genres, "a title", counted=True)
    for axes in (axes for axes in figure.axes if axes.images):
        assert sum(int(text.get_text()) for text in axes.texts) == len(confusion) / 4


def test_an_implementation_without_runs_leaves_its_place_empty():
    manifest = fake_manifest()
    runs = fake_runs(manifest, seeds=(0,))[1:]
    with figure_style():
        figure = confusion_matrices(score_tables(runs).confusion, manifest.genres, "a title", counted=False)
    assert sorted(bool(axes.images) for axes in figure.axes[:4]) == [False, True, True, True]


def test_pictures_are_sharp_opaque_and_white_whatever_the_users_configuration(tmp_path):
    import matplotlib as mpl
    import numpy as np
    from matplotlib.image import imread

    runs = fake_runs(fake_manifest(), seeds=(0,))
    curves = score_tables(runs).curves
    pictures = []
    for name, users in (("one", {}), ("two", {"savefig.facecolor": "black", "xtick.labelsize": 30})):
        with mpl.rc_context(users), figure_style():
            save(learning_curves(runs, curves, "a title"), tmp_path / f"{name}.png")
        pictures.append((tmp_path / f"{name}.png").read_bytes())
    assert pictures[0] == pictures[1]
    assert b"Matplotlib" not in pictures[0]
    pixels = imread(tmp_path / "one.png")
    assert pixels.shape[1] > 1200
    assert (pixels[..., 3] == 1).all()
    np.testing.assert_array_equal(pixels[0, 0], 1)


def test_a_genre_is_never_read_as_a_formula(tmp_path):
    manifest = fake_manifest(genres=(r"$\frac{$", "$$"))
    runs = fake_runs(manifest, architectures=("cnn2d",), frameworks=("pytorch",), seeds=(0,))
    with figure_style():
        figure = confusion_matrices(score_tables(runs).confusion, manifest.genres, "a title", counted=True)
        save(figure, tmp_path / "figure.png")
    assert (tmp_path / "figure.png").is_file()


def test_labels_can_be_drawn():
    assert genre_labels(["Drum & Bass", "日本の歌", "ж", "a name of more letters than fit"]) == [
        "Drum & Bass",
        "genre 2",
        "ж",
        "a name of more le…",
    ]


def test_every_framework_has_a_colour_of_its_own():
    names = ["pytorch", "tensorflow", "jax", "mlx"]
    colours = framework_colours(names)
    assert len({colours[name] for name in names}) == 4
    assert colours == framework_colours(names[::-1])


def test_same_runs_give_the_same_bytes(tmp_path):
    manifest = fake_manifest("synthetic", genres=("a", "b", "c"))
    for name in ("one", "two"):
        runs = fake_runs(manifest, protocols=("published", "corrected"))
        write_fake_report(tmp_path / name / "synthetic", manifest, runs, fake_ladder(runs))
        write_index([STUDY], tmp_path / name)
    one = folder_bytes(tmp_path / "one")
    assert one == folder_bytes(tmp_path / "two")
    figures = {f"synthetic/figures/{name}.png" for name in ("accuracy", "confusion-published", "ladder-of-flaws")}
    assert {"README.md", "synthetic/README.md", *figures} <= set(one)


def test_what_is_wider_than_the_figure_is_in_the_picture_whole(tmp_path):
    from matplotlib.image import imread

    manifest = fake_manifest()
    runs = fake_runs(manifest, architectures=("cnn2d",), frameworks=("pytorch",), seeds=(0,))
    tables = score_tables(runs)
    title = "SYNTHETIC: confusion of a dataset with a long name, protocol published, lowest test loss, all seeds"
    with figure_style():
        save(confusion_matrices(tables.confusion, manifest.genres, title, counted=True), tmp_path / "confusion.png")
        save(learning_curves(runs, tables.curves, title), tmp_path / "curves.png")
    for picture in ("confusion", "curves"):
        pixels = imread(tmp_path / f"{picture}.png")[..., :3]
        edge = [pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]
        assert all((side == 1).all() for side in edge)
