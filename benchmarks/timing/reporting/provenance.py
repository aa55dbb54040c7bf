"""The part of the timing report that says how it was made: machine, code, settings, versions."""

from benchmarks.reporting.facts import git_words, machine_words, versions_table
from benchmarks.reporting.tables import markdown
from benchmarks.reporting.wording import escape
from benchmarks.timing import RESULTS
from benchmarks.timing.reporting.results import Results

_COMPARE = """\
Names of benchmarks are the same on every occasion, so files can be set side by side: `pytest-benchmark compare FILE \
FILE`."""


def how_it_was_made(results: Results) -> list[str]:
    """Write the section."""
    finished = f"{results.finished[:16].replace('T', ' ')} UTC"
    lines = [
        machine_words(results.machine),
        git_words({"commit": results.commit["id"], "dirty": results.commit["dirty"]}),
        f"Finished {finished}.",
    ]
    return [
        "## How it was made",
        "\n".join(f"- {line}" for line in lines),
        "What the libraries of the timed processes were told through their environment:",
        _settings_table(results),
        versions_table(_versions(results)),
        (
            f"Every round and every reading of the machine, as pytest-benchmark wrote them: [{RESULTS}]({RESULTS}). "
            f"{_COMPARE}"
        ),
    ]


def _settings_table(results: Results) -> str:
    found: dict[tuple[str, int], str] = {}
    for row in results.rows:
        told = ", ".join(f"{name}={value}" for name, value in row.info["environment"].items())
        found[row.info["variant"], row.info["threads"]] = told
    return markdown(
        [
            {"Code": variant, "Threads": str(threads), "Environment": escape(told)}
            for (variant, threads), told in sorted(found.items())
        ],
        left=3,
    )


def _versions(results: Results) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in results.rows:
        for library, number in row.info["versions"].items():
            found[library] = [number]
    return found
