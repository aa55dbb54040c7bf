"""How often Dask looks at itself: by default as tasks of milliseconds need it.

Its workers look at the stack of each thread a hundred times a second, and with their guards at their memory ten times.
Here a task is a process of minutes, of which they see nothing. docs/cluster.md asks for the same of a scheduler and
workers that were started by others.
"""

from typing import Final

# by Dask's own names
_SELDOM: Final = {
    "distributed.worker.profile.enabled": False,
    "distributed.worker.memory.monitor-interval": "2s",
    # more than three seconds between two ticks is told as a loop that does not answer
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.admin.system-monitor.disk": False,
    "distributed.admin.system-monitor.gil.enabled": False,
}


def observe_seldom() -> None:
    """Let the scheduler and workers that this process starts look at themselves seldom; what a person set stays."""
    import dask.config
    import distributed  # noqa: F401 -- it brings the defaults

    defaults = dask.config.merge(*dask.config.defaults)
    for name, value in _SELDOM.items():
        if dask.config.get(name) == dask.config.get(name, config=defaults):
            dask.config.set({name: value})


def observation_variables() -> dict[str, str]:
    """Return what tells Dask's processes elsewhere the same, as variables of their environment."""
    import dask.config

    return {_variable(name): str(dask.config.get(name)) for name in _SELDOM}


def _variable(name: str) -> str:
    return "DASK_" + name.replace(".", "__").replace("-", "_").upper()
