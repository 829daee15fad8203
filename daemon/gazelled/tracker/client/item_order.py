"""The parameters of `items`: the order, the first page, and where to stop."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gazelled.errors import Reason, RequestRefused
from gazelled.model import Call
from gazelled.text import either
from gazelled.tracker.catalogue.action import Action
from gazelled.tracker.catalogue.endpoint import PagedEndpoint
from gazelled.tracker.catalogue.listing import Listing, holds

STOPS = ("newest", "until", "until_id")

AnyPaged = PagedEndpoint[..., Any, ..., Any]


class NoZone(RequestRefused, ValueError):  # noqa: N818 - says what is wrong
    """A time without a time zone."""


def parted(endpoint: AnyPaged, args: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """
    Return the parameters of the request, and where to stop.

    Raises:
        RequestRefused: If there is a parameter that `items` can't have, or a value of a wrong type.
        ValueError: If `until` has no zone.

    """
    stops = {name: args[name] for name in STOPS if args.get(name) is not None}
    _check_types(stops)
    params = {name: value for name, value in args.items() if name not in STOPS}
    listing = endpoint.listing
    if "until" in stops and not (endpoint.timed and listing.lists[0].time):
        raise _refused(f"items of {endpoint.action} takes no until: they are in no order of time")
    without = {*listing.fixed} if endpoint.in_order else set[str]()
    without -= {*listing.orders, listing.paging.page}
    if listing.paging.oldest_first:
        without.add(listing.paging.page)
    if wrong := sorted(without & params.keys()):
        text = f"items takes no {' and no '.join(wrong)}"
        raise _refused(f"{text}: it goes from the newest to the oldest")
    if endpoint.in_order:
        params = {**dict(listing.with_), **params}
    return params, stops


def _check_types(stops: Mapping[str, Any]) -> None:
    for name, value in stops.items():
        if name == "until":
            if not isinstance(value, datetime):
                raise _refused(f"until takes a time with a zone, not {value!r}")
            if value.tzinfo is None:
                raise NoZone("until needs a time with a zone", reason=Reason.BAD_PARAMETERS)
        elif isinstance(value, bool) or not isinstance(value, int):
            raise _refused(f"{name} takes a whole number, not {value!r}")
        elif value < 0:
            raise _refused(f"{name} takes a whole number from 0, not {value}")


def first_page(listing: Listing, call: Call) -> tuple[Call, int]:
    """Return a request without its page, and that page; 0 without one."""
    params = dict(call.params)
    page = int(params.pop(listing.paging.page, "0"))
    return Call(call.action, tuple(sorted(params.items())), writes=call.writes), page


def has_own_order(action: Action, endpoint: AnyPaged, call: Call) -> bool:
    """
    Return whether a request has another order than that of `items`.

    Raises:
        RequestRefused: If its pages don't belong together in that order.

    """
    listing, values = endpoint.listing, dict(call.params)
    for caveat in action.caveats:
        page = listing.paging.page
        if caveat.parameter == page and holds(caveat.when, {**values, page: "1"}):
            raise _refused(f"items can't turn the pages: {caveat.text}")
    natural = {name: action.params[name].usual for name in listing.orders} | dict(listing.with_)
    return any(values.get(name, natural[name]) != natural[name] for name in listing.orders)


def check_stops(stops: Mapping[str, Any]) -> None:
    """Raise RequestRefused if a time or an id says where to stop, which takes the usual order."""
    if wrong := [name for name in STOPS[1:] if name in stops]:
        text = f"items takes no {either(wrong)} with an order or a page of your own"
        raise _refused(f"{text}: only without does it go from the newest to the oldest")


def _refused(text: str) -> RequestRefused:
    return RequestRefused(text, reason=Reason.BAD_PARAMETERS)
