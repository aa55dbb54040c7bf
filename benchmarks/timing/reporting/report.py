"""From pytest-benchmark's file to the timing report."""

from collections.abc import Callable
from pathlib import Path

from benchmarks.files import write_text
from benchmarks.reporting.style import figure_style, save
from benchmarks.timing import RESULTS
from benchmarks.timing.reporting.bars import CORES, TRACKS, Verdict, verdicts
from benchmarks.timing.reporting.figures import epoch_figure
from benchmarks.timing.reporting.provenance import how_it_was_made
from benchmarks.timing.reporting.results import Results
from benchmarks.timing.reporting.tables import (
    bars_table,
    batches_table,
    cold_start_table,
    features_table,
    jobs_table,
    list_table,
    memory_table,
    plural,
    threads_words,
    training_table,
)

FIGURE = "figures/epoch.png"

Section = Callable[[Results], list[str]]

_READING = """\
- A round is one measurement. What a row compares was timed in the same rounds: each takes its turn, then the
  machine's own speed is read, then the next round begins. What the machine does meanwhile falls on all alike.
- One round of warm-up is thrown away. The median of the others is shown. Something short is repeated for at least 0.2 s
  a round, and the round is the mean. What several processes do at once is done once, until the last has finished.
- *Stock* is what an average user of a framework writes: `benchmarks/timing/stock`. *Tuned* is what this project runs.
  A stock process is told its number of threads, to use no GPU and to log little, and keeps the allocator of the C
  library and TensorFlow's choice of kernels as they are: without oneDNN on a processor without AVX-512, where it is
  part of the ratio. A tuned process has the environment of a run of the study, one that computes features too.
- *Limit* is the time that the multiplications and additions of an epoch would take at the speed of one large float32
  matrix product, read between the rounds. It is harder to reach than it looks: BatchNorm, dropout and
  pooling are not even in it. *Share* is the limit divided by the time.
- † marks an unreliable row: the middle half of its rounds, or of the machine's own speed around them, lies further
  apart than 10% of the median. Do not build on it; time again on a quiet machine.
- The networks see random numbers of the right shape. Their speed does not depend on the values."""

_AGAIN = """\
```sh
python -m nox -s timing        # everything, from a fresh checkout
python -m benchmarks timing    # the same, inside a ready environment
```

[docs/timing.md](../../docs/timing.md) says how to compare with an earlier file and how to add a baseline."""


def write_report(folder: Path) -> None:
    """Write ``README.md`` and the figure from the results in the same folder.

    Parameters
    ----------
    folder : Path
        Holds pytest-benchmark's file.
    """
    results = Results.read(folder / RESULTS)
    parts = ["# Timing", *_summary(results)]
    with figure_style():
        (folder / FIGURE).parent.mkdir(exist_ok=True)
        save(epoch_figure(results), folder / FIGURE)
    for group, section in _SECTIONS.items():
        if results.group(group):
            parts += section(results)
    parts += ["## How to read it", _READING, *how_it_was_made(results), "### Make it again", _AGAIN]
    write_text(folder / "README.md", "\n\n".join(parts) + "\n")


def _summary(results: Results) -> list[str]:
    judged = verdicts(results)
    widest = results.threads()[-1]
    ratios = [it for it in judged if it.group == "training"]
    parts = []
    if ratios:
        tracks = results.group("training")[0].info["tracks"]
        words = "; ".join(f"{it.what.partition(':')[0]} {_ratio_words(it)}" for it in ratios)
        parts.append(
            f"**A training epoch of {tracks} tracks on {threads_words(results, widest)}, stock code's time divided by "
            f"this project's: {words}.**"
        )
    if judged:
        parts.append(bars_table(results, judged))
        if any(row.info["tracks"] != TRACKS for row in results.group("training")):
            parts.append(f"The bars are meant for epochs of {TRACKS} tracks. This run had another number.")
        row = results.find("training", threads_asked=widest)
        if row and row.info["threads"] != CORES:
            parts.append(f"The bars are set for {CORES} cores. This run had {row.info['threads']}.")
    parts.append(
        "Times are of one machine, described below. They are no part of the accuracy record: no score, no verdict and "
        "no stage of the pipeline reads them."
    )
    return parts


def _ratio_words(verdict: Verdict) -> str:
    doubt = "" if verdict.reliable else ", unreliable"
    return f"{verdict.value:.2f}x (bar {verdict.bar:g}x: {'met' if verdict.met else 'not met'}{doubt})"


def _training(results: Results) -> list[str]:
    return [
        "## Training",
        (
            "One epoch: forward pass, backward pass and a step of Adam for every batch of 32. Data is in memory. "
            "Setting up, evaluation of the test tracks and saving are not in it."
        ),
        training_table(results),
        f"![Time of an epoch: stock, tuned and limit]({FIGURE})",
    ]


def _batch_sizes(results: Results) -> list[str]:
    return [
        "## Batch sizes",
        "Tracks a second. A dash where stock code cannot do it: PyTorch's `BatchNorm1d` refuses to train on one track.",
        "### Training",
        batches_table(results, ("training by batch size", "training")),
        "### Inference",
        "From a NumPy array to a NumPy array.",
        batches_table(results, ("inference",)),
    ]


def _cold_start(results: Results) -> list[str]:
    return [
        "## Cold start",
        (
            "Until the first batch of 32 is trained on, in a fresh process on one thread, tuned. None of it is in the "
            "times above. Files come from the operating system's cache."
        ),
        cold_start_table(results),
    ]


def _memory(results: Results) -> list[str]:
    return [
        "## Peak memory",
        (
            "The most memory that a worker had resident until it had trained one epoch and predicted a fifth as many "
            "tracks, on one thread, in a pass of its own. Data, Python and framework are in it."
        ),
        memory_table(results),
    ]


def _jobs(results: Results) -> list[str]:
    jobs = max(row.info["jobs"] for row in results.group("jobs"))
    return [
        "## Seeds in parallel",
        (
            f"What gets more done: {plural(jobs, 'process')} of one thread each at the same time, or one process. "
            "Tracks a second in training."
        ),
        jobs_table(results),
    ]


def _features(results: Results) -> list[str]:
    return [
        "## Features",
        ("From a WAV file of 30 s, in the operating system's cache, to the array that a network sees."),
        "### One track, one thread",
        features_table(results),
        "### Many tracks, all cores",
        (
            "The stock code in a plain loop that may use all cores, the tuned code in a process a core, "
            "as the pipeline spreads it. Starting the processes is not in it."
        ),
        list_table(results),
    ]


# by the group of rows that each is about
_SECTIONS: dict[str, Section] = {
    "training": _training,
    "inference": _batch_sizes,
    "cold start": _cold_start,
    "memory": _memory,
    "jobs": _jobs,
    "features": _features,
}
