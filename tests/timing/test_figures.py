"""What the figure of batch sizes shows."""

import pytest

from benchmarks.style import framework_colours
from benchmarks.timing.reporting.estimates import Estimate
from benchmarks.timing.reporting.figures import (
    COLUMNS,
    batch_sizes_figure,
    own_speed,
    series,
    share_of_limit,
    stock_speed,
)
from tests.timing.results import epoch, results, row

MADE = ("cnn2d", "pytorch")


def batch(group, size, seconds, variant="tuned", **info):
    facts = {"gflop": 1.0, "matrix_product_gflops": [2.0] * len(seconds)}
    return row(
        group,
        f"{group}-{size}-{variant}",
        seconds,
        architecture=MADE[0],
        framework=MADE[1],
        variant=variant,
        batch_size=size,
        threads=2,
        **{**facts, **info},
    )


@pytest.fixture
def timed(tmp_path):
    rows = [
        epoch(MADE, "stock", [8.0] * 9),
        epoch(MADE, "tuned", [4.0] * 9),
        batch("training by batch size", 1, [2.0] * 6, tracks=32),
        batch("training by batch size", 256, [1.0, 1.0, 1.0, 1.0, 1.0, 2.0], tracks=256),
        batch("training by batch size", 256, [4.0] * 6, "stock", tracks=256),
        batch("inference", 1, [0.5] * 6, tracks=1),
    ]
    return results(tmp_path, rows)


def test_the_studys_batches_are_those_of_the_epoch(timed):
    found = series(timed, COLUMNS["Training"], MADE)
    assert [*found] == [1, 32, 256]
    assert [row.name if row else None for row in found[1]] == [None, "training by batch size-1-tuned"]
    assert found[32][1].group == "training"


def test_speed_and_share_have_intervals(timed):
    stock, tuned = series(timed, COLUMNS["Training"], MADE)[256]
    assert stock_speed(stock, tuned) == Estimate(64, 64, 64)
    assert own_speed(stock, tuned) == Estimate(256, 128, 256)
    # half a second of arithmetic
    assert share_of_limit(stock, tuned) == Estimate(50, 25, 50)
    assert stock_speed(None, tuned) is share_of_limit(stock, None) is None


def test_each_line_is_drawn_where_it_was_timed(timed):
    figure = batch_sizes_figure(timed)
    panels = figure.get_axes()
    assert [axes.get_title() for axes in panels[:2]] == ["Training", "Inference"]
    speed, _, stock, _, share, _ = [[bar.lines[0].get_ydata().tolist() for bar in axes.containers] for axes in panels]
    assert speed == [[16, 200, 256], [100, 64]]
    assert stock == [[2, 4]]
    assert share[0] == [25, 50, 50]
    assert {bar.lines[0].get_color() for axes in panels for bar in axes.containers} == {
        framework_colours(["pytorch"])["pytorch"]
    }
