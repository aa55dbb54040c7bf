"""Pages from templates: the words of a page stand in ``templates/``, its numbers come from the records."""

import re
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from benchmarks.reporting.tables import markdown
from benchmarks.reporting.wording import NONE, RULES, escape, framework_name, model_name, selection_words

_ENVIRONMENT: Final = Environment(
    loader=PackageLoader("benchmarks.reporting"),
    # markdown needs none; `escape` makes a user's own words harmless
    autoescape=select_autoescape(),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_ENVIRONMENT.globals.update(NONE=NONE, RULES=RULES)
_ENVIRONMENT.filters.update(
    escape_markdown=escape,
    framework=framework_name,
    model=model_name,
    selection=selection_words,
    table=markdown,
)


def render(template: str, **facts: Any) -> str:
    """Fill a template of ``benchmarks/reporting/templates``.

    Parameters
    ----------
    template : str
        Its file name.
    **facts
        What it shows.

    Returns
    -------
    str
        The page; what a template leaves out leaves no gap.
    """
    text = _ENVIRONMENT.get_template(template).render(**facts)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"
