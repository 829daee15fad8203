"""Templates: HTML of the models of pages. Jinja2 is loaded with the first page."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from gazelled.service.web.web_page import Frame

if TYPE_CHECKING:  # loaded with the first page
    from jinja2 import Environment


def render(template: str, model: object, frame: Frame = Frame()) -> str:  # noqa: B008 - it is frozen
    """
    Return a page as HTML.

    Args:
        template: The name of a file in `templates/`.
        model: What the template knows as `page`.
        frame: What it knows as `frame`; `url(path)` makes addresses.

    """
    return _environment().get_template(template).render(page=model, frame=frame, url=frame.url)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined  # noqa: PLC0415 - see above

    from gazelled.service.web.page_filters import FILTERS, FUNCTIONS  # noqa: PLC0415 - likewise

    environment = Environment(
        loader=PackageLoader("gazelled.service.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(FILTERS)
    environment.globals.update(FUNCTIONS)
    return environment
