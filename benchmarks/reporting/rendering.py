"""Pages from templates: the words of a page stand in ``templates/``, its numbers come from the records."""

import posixpath
import re
from typing import Any, Final

from jinja2 import Environment, PackageLoader, PrefixLoader, StrictUndefined, select_autoescape

from benchmarks.reporting.notation import NONE, RULES, selection_words

# the timing page has a room of its own
_LOADERS: Final = {room: PackageLoader(f"benchmarks.{room}") for room in ("reporting", "timing.reporting")}
_ENVIRONMENT: Final = Environment(
    loader=PrefixLoader(_LOADERS),
    # markdown needs none; `escape` makes a user's own words harmless
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_ENVIRONMENT.globals.update(NONE=NONE, RULES=RULES)
_ENVIRONMENT.filters.update(normal=posixpath.normpath, selection=selection_words)


def render(template: str, room: str = "reporting", **facts: Any) -> str:
    """Fill a template.

    Parameters
    ----------
    template : str
        Its file name.
    room : {"reporting", "timing.reporting"}
        The package of benchmarks that holds its folder ``templates``.
    **facts
        What it shows.

    Returns
    -------
    str
        The page; what a template leaves out leaves no gap.
    """
    text = _ENVIRONMENT.get_template(f"{room}/{template}").render(**facts)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
