"""A page of its own: what is to be read, which a form adds to, and the same as JSON."""

from __future__ import annotations

from markupsafe import Markup

from gazelled.plugin import PluginContext, RegisterRoute, RouteRequest, hookimpl

PAGE = Markup(
    "<ul>{entries}</ul>"
    '<form method="post" action="{address}">'
    '<input type="hidden" name="csrf" value="{csrf}">'
    '<label>Title <input name="title" required></label> <button>Add</button>'
    "</form>"
)
ENTRY = Markup("<li>{}</li>")


async def page(request: RouteRequest, context: PluginContext) -> object:
    """Return the list with its form; add what the form says."""
    titles = [str(title) for title in await entries(request, context)]
    if request.method == "POST" and (title := request.form.get("title", "").strip()):
        titles = [*titles, title[:200]][-100:]
        await context.store.set("titles", list(titles))
    shown = Markup("").join(map(ENTRY.format, titles))
    return PAGE.format(entries=shown, address=request.address, csrf=request.csrf)


async def entries(request: RouteRequest, context: PluginContext) -> list[object]:
    """Return the titles, which is JSON."""
    del request
    titles = await context.store.get("titles", [])
    return [*titles] if isinstance(titles, list) else []


@hookimpl
def gazelled_routes(register: RegisterRoute) -> None:
    """Register the page below /plugins/reading-list/, and its data."""
    register("", page, title="Reading list")
    register("titles.json", entries)
