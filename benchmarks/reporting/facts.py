"""How code, versions and machine are written, the same on every page."""

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.reporting.notation import escape, listing
from benchmarks.reporting.tables import markdown


def versions_table(versions: Mapping[str, Sequence[str]]) -> str:
    """List libraries with their version, or all their versions where runs differ."""
    return markdown([{"Library": name, "Version": listing([*versions[name]])} for name in sorted(versions)], left=2)


def git_words(git: dict[str, Any]) -> str:
    """Name the commit and say whether the code differed from it."""
    if git["commit"] is None:
        return "The git commit is not recorded."
    state = {
        True: "with changes that were not committed",
        False: "without uncommitted changes",
        None: "whether there were uncommitted changes is not recorded",
    }[git["dirty"]]
    return f"Git commit `{git['commit'][:12]}`, {state}."


def machine_words(machine: dict[str, Any]) -> str:
    """Describe a machine in one line."""
    memory = f"{machine['memory_gib']:.1f} GiB memory"
    python = f", Python {machine['python']}" if "python" in machine else ""  # older records keep it with the versions
    return f"{escape(machine['cpu'])}, {machine['cores']} cores, {memory}, {machine['system']}{python}."
