"""
The tracker's API as typed calls, over a dispatcher.

    found = await api.browse(searchstr="yeast")              # the model of the answer
    found = await api.browse.result(searchstr="yeast")       # and its raw text, and its drift
    async for group in api.browse.items(taglist="dna", newest=200): ...
    answer = await api.call("browse", {"searchstr": "yeast"})  # by name

An action whose answer has several shapes has a method for each: `inbox` and `inbox_viewconv`.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import wraps
from inspect import signature
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar, Unpack, cast

from gazelled.errors import BadAnswer, Reason, RequestRefused
from gazelled.model import Answer, Call, Lane
from gazelled.text import either, missing, with_hint
from gazelled.tracker.catalogue import SNAPSHOT, Action, Vocabulary, encode
from gazelled.tracker.catalogue.action import unknown_action
from gazelled.tracker.catalogue.actions import ActionMethods, Endpoints
from gazelled.tracker.catalogue.endpoint import Endpoint, PagedEndpoint, Result
from gazelled.tracker.catalogue.news import ClearParams
from gazelled.tracker.catalogue.own_account import Account, RecommendationParams
from gazelled.tracker.catalogue.own_uploads import MY_UPLOADS, MyUploads, MyUploadsParams
from gazelled.tracker.catalogue.users import User
from gazelled.tracker.client.composer import Composer
from gazelled.tracker.client.downloads import SPENDS, Download, Downloads
from gazelled.tracker.client.item_order import (
    check_stops,
    first_page,
    has_own_order,
    parted,
)
from gazelled.tracker.client.paging import ListEntry, ListPage, Pages
from gazelled.tracker.decoding.drift import Drifts
from gazelled.tracker.decoding.reading import By
from gazelled.tracker.decoding.schema import AnswerModel, Anything, decode_as
from gazelled.tracker.forms.allowed import NOTHING, Allowed, check_allowed
from gazelled.tracker.forms.log_out import logging_out
from gazelled.tracker.forms.sender import WriteResult, carry_out, one_change
from gazelled.tracker.forms.write import FormWriter
from gazelled.tracker.key_values import InMemoryStore
from gazelled.tracker.sites.music import MusicEndpoints
from gazelled.tracker.sites.site import Site

if TYPE_CHECKING:
    from gazelled.tracker.catalogue.named_calls import NamedCall

MOST_NAMED = 10
"""The maximum number of pages that are read to find a user by name."""

M = TypeVar("M", bound=AnswerModel)
R = TypeVar("R")
P = ParamSpec("P")


class Caller(Protocol):
    """Sends calls to the tracker: a dispatcher."""

    async def call(self, call: Call) -> Answer:
        """Send a request to the tracker and return its answer."""


def _called_rightly(
    method: Callable[P, Coroutine[Any, Any, R]],
) -> Callable[P, Coroutine[Any, Any, R]]:
    """Return a method that refuses arguments it doesn't take, as those of actions do."""
    spec = signature(method)
    name = method.__name__.lstrip("_")
    _, *takes = (arg.name for arg in spec.parameters.values() if arg.kind != arg.VAR_KEYWORD)
    choices = f"; it takes {either(takes, 'and')}" if takes else ""

    @wraps(method)
    async def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            spec.bind(*args, **kwargs)
        except TypeError as error:
            text = f"{name}: {error}{choices}"
            raise RequestRefused(text, reason=Reason.BAD_PARAMETERS) from None
        return await method(*args, **kwargs)

    return checked


class Api(Endpoints):
    """
    The tracker's API.

    Args:
        by: Whether calls are made by a token that doesn't load its user, or as a user.
        lane: The priority of the calls.
        words: The site's names of categories.
        drifts: Notes how answers differ from their models.
        downloads: Stores files; without it none can be downloaded.
        allow: The changes that `write` may make by forms of the website; none by default.
        composer: Makes answers of several; without it nothing that they need is kept.

    """

    def __init__(
        self,
        caller: Caller,
        site: Site,
        by: By = "cookie",
        *,
        lane: Lane = Lane.PERSON,
        words: Vocabulary = SNAPSHOT,
        drifts: Drifts | None = None,
        downloads: Downloads | None = None,
        allow: AbstractSet[Allowed] = NOTHING,
        composer: Composer | None = None,
    ) -> None:
        check_allowed(allow)
        self.site = site
        self.by = by
        self.lane = lane
        self.words = words
        self._caller = caller
        self._downloads = downloads
        self._drifts = drifts or Drifts()
        self.write = Write(self, caller, allow)
        """The calls that change something for you or for others: never retried, never shared."""
        self._composer = composer or Composer(InMemoryStore())

    @_called_rightly
    async def account(self) -> Account:
        """
        Return your account, as far as the log-in may see it; a token needs two requests.

        Raises:
            TrackerError: If there is no answer.

        """
        answer = await self._composer.composing(self._caller.call)(Call("account", (), self.lane))
        return self._read(Account, answer).value

    @_called_rightly
    async def my_uploads(self, **params: Unpack[MyUploadsParams]) -> MyUploads:
        """
        Return your uploads as they are now, the newest first, as far as they are found.

        No list tells the uploader, so unknown data sets are asked for one by one, `learn` of them
        at most, 20 unless said otherwise, in the catching-up lane. What is learnt is kept where
        `connect` keeps what must survive, so that the next call goes on there, also after this one
        was cut off; `remaining` is how many ids are left, 0 once all are found.

        Raises:
            RequestRefused: If the parameters are invalid.
            TrackerError: If it can't go on.

        """
        call = replace(
            self._prepare(self._known(MY_UPLOADS), params, mark_read=False), lane=self.lane
        )
        answer = await self._composer.composing(self._caller.call)(call)
        return self._read(MyUploads, answer).value

    @_called_rightly
    async def user_by_name(self, name: str) -> User:
        """
        Return the profile of the user of a name, whose letters may differ in case.

        Two requests, and one more for each further page of users whose names contain it.

        Raises:
            RequestRefused: If there is no such user, or none among the first `MOST_NAMED` pages.
            BadAnswer: If it could be one that can't be read.
            TrackerError: If there is no answer.

        """
        name, page, pages = _checked_name(name), 0, 1
        while page < min(pages, MOST_NAMED):
            page += 1
            result = await self.usersearch.result(search=name, page=page)
            listed = result.value
            pages = getattr(listed, "pages", None) or 0
            for user in listed.results:
                if user.user_id and (user.username or "").casefold() == name.casefold():
                    return await self.user(id=user.user_id)
            if "results" in listed.extra:
                text = f'usersearch: users that can\'t be read; "{name}" may be one of them'
                raise BadAnswer(text, raw=result.answer.raw)
        beyond = f" among the first {page} pages of names that contain it" if page < pages else ""
        raise RequestRefused(f'there is no user "{name}"{beyond}', reason=Reason.NOT_FOUND)

    @_called_rightly
    async def download(
        self,
        number: int | str,
        *,
        infohash: str | None = None,
        use_token: bool = False,
        confirm: bool = False,
    ) -> Download:
        """
        Return the `.torrent` file of a torrent, checked: fetched once, and stored in the folder.

        Args:
            number: The id of the torrent.
            infohash: Its infohash, if that is known: one request instead of two.
            use_token: Spend one of your freeleech tokens on it, so that it doesn't count as
                downloaded: needs `confirm`. It is fetched even if it is stored.
            confirm: Allow that.

        Raises:
            RequestRefused: If the tracker refuses it, the log-in can't download, the file has
                another infohash, no token can be spent, or the daily limit is reached.
            StateError: If the folder can't be used.
            TrackerError: If it isn't available for another reason.

        """
        if self._downloads is None:
            raise RequestRefused("This Api can't download: pass downloads to it, or use connect.")
        if use_token and not confirm:
            text = f"download with use_token {SPENDS}; pass confirm=True to confirm"
            raise RequestRefused(text, reason=Reason.UNCONFIRMED)
        return await self._downloads.get(
            number, infohash=infohash, use_token=use_token, lane=self.lane
        )

    @property
    def music(self) -> MusicApi:
        """
        The calls whose parameters or answers differ at sites for music, typed as they are there.

        Raises:
            RequestRefused: If the profile isn't that of a site for music.

        """
        if self.site.dialect.endpoints is not MusicEndpoints:
            raise RequestRefused(
                f"{self.site.name} isn't known as a site for music; if it is one, connect with "
                'profile="orpheus" or a profile like it',
                reason=Reason.BAD_PARAMETERS,
            )
        return MusicApi(self)

    async def logout(self) -> WriteResult:
        """
        End the session at the site and delete its cookies; later calls log in again.

        Cookies of a browser end there as well: its file is of no use afterwards.

        Raises:
            RequestRefused: If there is only a token, which has no session.
            TrackerError: If it could not be looked up whether there is one.

        """
        async with one_change(self._caller):
            return await carry_out(self._caller, logging_out(self._caller))

    @_called_rightly
    async def _call(
        self,
        action: str,
        params: Mapping[str, object] | None = None,
        *,
        mark_read: bool = False,
        confirm: bool = False,
        force: bool = False,
        lane: Lane | None = None,
    ) -> Result[AnswerModel]:
        """
        Call an action by its name.

        By force any action is called with any parameters, at the pace of all others, and answered
        as it came, without a model. What no catalogue knows may change something: it is sent as a
        GET, never twice, and never shared with an equal call.

        Args:
            action: Its name.
            params: Its parameters.
            mark_read: Allow a call that marks something as read.
            confirm: Allow a call that changes something.
            force: Send what is unknown, invalid, ignored or not implemented, too.
            lane: The priority; None for that of this object.

        Raises:
            RequestRefused: If the parameters are invalid, or the call needs one of these options.
            TrackerError: If there is no answer; its class says what to do.

        """
        declared = self._known(action, force=force)
        refusal = declared.objection((), force=True, pages=False)
        if declared.composed:
            refusal = f"{action} is made of other actions; there is a method for it"
        if refusal:
            raise RequestRefused(refusal, reason=Reason.BAD_PARAMETERS)
        call = self._prepare(declared, params or {}, mark_read=mark_read, force=force)
        if declared.changes and not confirm:
            text = f"{action} {declared.changes}; pass confirm=True to confirm"
            raise RequestRefused(text, reason=Reason.UNCONFIRMED)
        if declared.state == "absent" and not force:
            text = f"{declared.absence}; force=True sends it anyway"
            raise RequestRefused(text, reason=Reason.NOT_FOUND)
        model = Anything if force else self.site.dialect.model(action, dict(call.params))
        return await self._ask(model, call, lane or self.lane)

    call = cast("NamedCall", _call)
    """Call an action by its name; type checkers know the answer of each."""

    async def ask(self, endpoint: Endpoint[..., M], args: Mapping[str, Any]) -> Result[M]:
        """Call a typed action; its method uses this."""
        return await self._ask(endpoint.model, self._typed(endpoint, args), self.lane)

    def turn(self, endpoint: PagedEndpoint[..., M, ..., R], args: Mapping[str, Any]) -> Pages[R]:
        """Return the pages of a typed action; its method uses this."""
        params, stops = parted(endpoint, args)
        listing = endpoint.listing
        call, page = first_page(listing, self._typed(endpoint, params))
        own = has_own_order(self._known(endpoint.action), endpoint, call) or page > 0
        if own:
            check_stops(stops)

        async def read(number: int | None) -> ListPage[R]:
            more = () if number is None else ((listing.paging.page, str(number)),)
            turned = Call(call.action, tuple(sorted((*call.params, *more))), writes=call.writes)
            answer = (await self._ask(endpoint.model, turned, Lane.CATCH_UP)).value
            return _page(endpoint, answer, grouped=grouped)

        grouped = endpoint.in_order and not {*listing.with_} <= {*call.params}
        ordered = endpoint.in_order and listing.descends and not own
        return Pages(
            read, listing.paging, ordered=ordered, again=not own, start=max(page, 1), **stops
        )

    def _typed(self, endpoint: Endpoint[..., M], args: Mapping[str, Any]) -> Call:
        _check_kind(endpoint, args.get("type"))
        params = {**args, **endpoint.fixed}
        mark_read = bool(params.pop("mark_read", False))
        return self._prepare(self._known(endpoint.action), params, mark_read=mark_read)

    def _known(self, name: str, *, force: bool = False) -> Action:
        _check_type("the name of an action", name, str)
        dialect = self.site.dialect
        if action := dialect.action(name) or (unknown_action(name) if force else None):
            return action
        text = with_hint(missing("action", name, dialect.names), "force=True sends it anyway")
        raise RequestRefused(text, reason=Reason.BAD_PARAMETERS)

    def _prepare(
        self, action: Action, params: Mapping[str, object], *, mark_read: bool, force: bool = False
    ) -> Call:
        """Check the parameters and make the call, with as few marks as read as possible."""
        _check_type("parameters", params, Mapping)
        for name in params:
            _check_type("the name of a parameter", name, str)
        if self.by == "token" and not action.token and not force:
            text = (
                f"at {self.site.name} {action.name} requires a log-in, not a token: connect "
                "with Login(…) or Cookies(…)"
            )
            raise RequestRefused(text, reason=Reason.NOT_PERMITTED)
        try:
            encoded = encode(action, params, ontology=self.words, force=force)
        except ValueError as error:
            text = "; ".join(error.args[0])
            raise RequestRefused(text, reason=Reason.BAD_PARAMETERS) from None
        if not mark_read:
            encoded = action.gentle(encoded)
            if marks := action.marks(encoded):
                text = f"{action.name} marks {marks} as read; pass mark_read=True to confirm"
                raise RequestRefused(text, reason=Reason.UNCONFIRMED)
        return Call(action.name, encoded, writes=action.writes or action.post)

    async def _ask(self, model: type[M], call: Call, lane: Lane) -> Result[M]:
        _check_type("lane", lane, Lane)
        call = Call(call.action, call.params, lane, writes=call.writes)
        return self._read(model, await self._caller.call(call))

    def _read(self, model: type[M], answer: Answer) -> Result[M]:
        """Read an answer; where the site is known to send every field, all must have a value."""
        action = answer.call.action
        try:
            decoded = decode_as(model, answer.payload, zone=self.site.timezone, by=self.by)
        except BadAnswer as problem:
            raise BadAnswer(f"{action}: {problem}", raw=answer.raw) from None
        self._drifts.note(action, decoded.drift)
        if decoded.missing and self.site.dialect.evidence(action) == "verified":
            text = (
                f"{action}: the answer has no {decoded.missing[0]} that can be read, which "
                f'{self.site.name} always sent; api.call("{action}", …, force=True) returns it as '
                "it came"
            )
            raise BadAnswer(text, raw=answer.raw)
        return Result(decoded.value, answer, decoded.drift)


class MusicApi(MusicEndpoints):
    """The calls that are typed for sites for music."""

    def __init__(self, api: Api) -> None:
        self.ask = api.ask
        self.turn = api.turn


class Write(FormWriter):
    """The calls that change something."""

    def __init__(self, api: Api, caller: Caller, allow: AbstractSet[Allowed]) -> None:
        super().__init__(api, caller, api.by, allow)
        self._api = api

    async def clear_user_notification(self, **params: Unpack[ClearParams]) -> None:
        """
        Mark all notifications of a type as read.

        Raises:
            TrackerError: If it wasn't done; its class says what to do.

        """
        await self._api.call("clear_user_notification", {**params}, confirm=True)

    async def send_recommendation(self, **params: Unpack[RecommendationParams]) -> None:
        """
        Recommend something to a friend.

        Raises:
            TrackerError: If it wasn't done; its class says what to do.

        """
        await self._api.call("send_recommendation", {**params}, confirm=True)


def _check_kind(endpoint: Endpoint[..., M], kind: object) -> None:
    """Refuse a `type` whose answer is read by another method, or that this one would replace."""
    if not isinstance(kind, str):
        return
    families = ActionMethods.__bases__
    methods = {
        other.fixed.get("type"): name
        for family in families
        for name, other in vars(family).items()
        if isinstance(other, Endpoint) and other.action == endpoint.action
    }
    own = endpoint.fixed.get("type", kind)
    if own != kind or (kind in methods and "type" not in endpoint.fixed):
        instead = f": call {methods[kind]}" if kind in methods else ""
        text = f'this method of {endpoint.action} takes no type="{kind}"{instead}'
        raise RequestRefused(text, reason=Reason.BAD_PARAMETERS)


def _check_type(what: str, value: object, kind: type) -> None:
    if not isinstance(value, kind):
        text = f"{what}: expected {kind.__name__}, not {type(value).__name__}"
        raise RequestRefused(text, reason=Reason.BAD_PARAMETERS)


def _page(
    endpoint: PagedEndpoint[..., M, ..., R], answer: M, *, grouped: bool = False
) -> ListPage[R]:
    """Return a page of a list; entries with an inner list are known by the first in that."""
    (list_,) = endpoint.listing.lists
    known_by, time = list_.id.split()[0], list_.time if endpoint.timed else ""

    def get(entry: R, name: str) -> Any:  # noqa: ANN401 - a field of a model
        if grouped and name == known_by:  # as a whole, whichever torrent is its first
            return getattr(entry, list_.group)
        members = getattr(entry, list_.nested) if list_.nested else (entry,)
        return _value(members[0], name) if members else None

    front = endpoint.listing.front
    entries = [
        ListEntry(entry, get(entry, known_by), get(entry, time), bool(get(entry, front)))
        for entry in attrgetter(list_.at)(answer) or ()
    ]
    return ListPage(entries, _value(answer, "pages"), _value(answer, endpoint.number))


def _value(model: object, path: str) -> Any:  # noqa: ANN401 - a field of a model
    """Return a field, inwards with dots; None if there is none or it has no value."""
    for name in path.split("."):
        model = None if model is None else vars(model).get(name)
    return model


def _checked_name(name: object) -> str:
    if isinstance(name, str) and name.strip():
        return name.strip()
    text = f"user_by_name takes the name of a user, not {name!r}"
    raise RequestRefused(text, reason=Reason.BAD_PARAMETERS)
