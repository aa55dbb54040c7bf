"""Whether a run does what the study did."""

from copy import deepcopy

import pytest

from benchmarks.published.claim import PARAMETERS, deviations

KEYS = [
    (section, key)
    for section, settings in PARAMETERS.items()
    for key in (settings if isinstance(settings, dict) else (None,))
]


def test_the_study_s_own_parameters_do_not_deviate() -> None:
    assert deviations({**PARAMETERS, "selections": ["last_epoch"]}) == []


@pytest.mark.parametrize(("section", "key"), KEYS)
def test_every_change_is_named(section: str, key: str | None) -> None:
    changed = deepcopy(PARAMETERS)
    if key is None:
        changed[section] = "another"
    else:
        changed[section][key] = "another"
    (words,) = deviations(changed)
    assert words.startswith(f"{(key or section).replace('_', ' ')} another instead of ")
