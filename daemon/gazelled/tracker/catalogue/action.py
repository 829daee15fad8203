"""What is known of an action: the types of the catalogue's rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from gazelled.model import Params
from gazelled.tracker.catalogue.listing import Listing, When, holds
from gazelled.tracker.catalogue.tables import AnswerTable

Word = Literal["category", "platform", "format", "license", "scope"]
"""A vocabulary that values belong to."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """
    A parameter of an action.

    Attributes:
        required: Whether the tracker needs it, wherever it has a meaning.
        values: The values that it takes; any when empty. Names may stand for numbers.
        style: `plain` sends the value; `words` joins a list with commas; `flags` sends
            `name[value]=1` for each value of a list, `many` sends `name[0]=value` and so on.
        most: The largest number that it takes; any when 0.
        form: What its texts look like, as a regular expression; `about` says it in words. Beside
            `values`, what else it takes.
        default: What the tracker takes when it isn't given; empty when nothing, or unknown.
        word: The vocabulary that its values belong to. Words that aren't known are doubted, not
            refused; except for categories, which are sent as numbers.
        only: With which other parameters it has a meaning.
        needs: Parameters, one of which must be there, or the tracker ignores it.
        unless: A parameter beside which it isn't required.
        vain: Values that are documented and have no effect, with a sentence on what to do instead.
        doubts: Patterns that a text has which hardly means what it says, each with a sentence.

    """

    about: str = ""
    required: bool = False
    values: Mapping[str, str] = field(default_factory=dict)
    style: Literal["plain", "words", "flags", "many"] = "plain"
    number: bool = False
    most: int = 0
    form: str = ""
    default: str = ""
    word: Word | None = None
    only: When = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    unless: str = ""
    vain: Mapping[str, str] = field(default_factory=dict)
    doubts: Mapping[str, str] = field(default_factory=dict)

    @property
    def usual(self) -> str:
        """Its default as it is sent."""
        return self.values.get(self.default, self.default)


@dataclass(frozen=True, slots=True)
class Effect:
    """What reading marks as read, with which parameters; `avoid` keeps it from happening."""

    marks: str
    when: When = field(default_factory=dict)
    avoid: Params = ()


@dataclass(frozen=True, slots=True)
class Caveat:
    """
    A combination of parameters that doesn't do what one would think of one of them.

    `text` says what happens, and what to do instead. Where the parameter is `ignored`, the
    combination is an error, else a hint.
    """

    parameter: str
    when: When
    text: str
    ignored: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """
    One named endpoint of the API.

    Its name is the value of `action`, and `about` says in one line what it answers.

    Attributes:
        one_of: Parameters of which exactly one is needed.
        changes: What it changes at the tracker; empty when nothing.
        post: Whether its parameters are sent as a form.
        login: What log-in it needs: `any`; `cookie` when a token gets nothing useful; `none`.
        blind: What a token can't see in it, as a sentence.
        classes: The classes of users that may ask it; all when empty.
        state: `works`; `broken` at the tracker; `undocumented`; `absent`: documented as not
            implemented.
        note: What else to know before using it.
        vain: Parameters that are documented, here or for other sites, and have no effect, with a
            sentence on what to do instead.
        source: Where all this is known from, and of which date.
        composed: Whether gazelled makes it of other actions; the tracker doesn't know it.
        listings: How its answers are read as items, by their parameters: the first that holds.
        pages_by: The parameter that chooses between pages which fail independently of each other.
        shares: What it needs at the site that other actions need too; when that is down, they
            fail together and nothing else does. Empty for nothing in particular.

    """

    name: str
    about: str
    params: Mapping[str, Parameter] = field(default_factory=dict)
    one_of: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()
    changes: str = ""
    post: bool = False
    login: Literal["any", "cookie", "none"] = "any"
    blind: str = ""
    classes: tuple[str, ...] = ()
    state: Literal["works", "broken", "undocumented", "absent"] = "works"
    note: str = ""
    caveats: tuple[Caveat, ...] = ()
    vain: Mapping[str, str] = field(default_factory=dict)
    example: str = ""
    source: str = ""
    composed: bool = False
    listings: tuple[Listing, ...] = ()
    tables: tuple[AnswerTable, ...] = ()
    pages_by: str = ""
    shares: str = ""

    @property
    def token(self) -> bool:
        """Whether it is of use with a bearer token."""
        return self.login != "cookie"

    @property
    def writes(self) -> bool:
        """Whether it changes something at the tracker, beyond what is read."""
        return bool(self.changes)

    def page(self, params: Params) -> str:
        """Return the page that answers these parameters, as a person types it."""
        if not self.pages_by:
            return self.name
        default = self.params[self.pages_by].default
        chosen = dict(params).get(self.pages_by, "") or default
        return self.name if chosen == default else f"{self.name} {self.pages_by}={chosen}"

    def listing(self, params: Params = ()) -> Listing | None:
        """Return how the answer to parameters is read as items."""
        values = dict(params)
        listing = next((listing for listing in self.listings if holds(listing.when, values)), None)
        return listing.of(params) if listing else None

    def gentle(self, params: Params) -> Params:
        """Add what keeps reading from changing anything, where that can be had."""
        values = dict(params)
        for effect in self.effects:
            if holds(effect.when, values):
                values = dict(effect.avoid) | values
        return tuple(sorted(values.items()))

    def kept_gentle(self, params: Params, redirected: Params) -> Params:
        """Return what a redirect left out of the parameters that keep reading without effect."""
        avoid = {pair for effect in self.effects for pair in effect.avoid} & {*params}
        return tuple(sorted(avoid - {*redirected}))

    def marks(self, params: Params) -> str:
        """Return what reading with these parameters marks as read; empty when nothing."""
        values = dict(params)
        for effect in self.effects:
            avoided = effect.avoid and dict(effect.avoid).items() <= values.items()
            if holds(effect.when, values) and not avoided:
                return effect.marks
        return ""

    def consequence(self, params: Params) -> str:
        """Return what a request changes, as a sentence; empty when nothing."""
        if self.changes:
            return f"{self.name} {self.changes}"
        marks = self.marks(params)
        return f"{self.name} marks {marks} as read" if marks else ""

    @property
    def absence(self) -> str:
        """The sentence that the tracker doesn't have it."""
        return f"the {self.source} says that {self.name} is not implemented"

    def objection(self, params: Params, *, force: bool, pages: bool) -> str:
        """Return why a person's call isn't sent, with its `pages`; empty when it is."""
        if not self.name:
            return "an action needs a name"
        if self.name == "download":
            return "use gazelled download or api.download, which count downloads"
        if self.state == "absent" and not force:
            return f"{self.absence}; --force sends it anyway"
        return self._unpaged(params) if pages else ""

    def _unpaged(self, params: Params) -> str:
        """Return why pages can't be turned."""
        table = self.paged(params)
        if table is None or table.paging is None:
            return f"{self.name} has no pages to turn"
        if table.paging.page in dict(params):
            return f"--pages turns the pages itself; leave {table.paging.page} out"
        if table.paging.of and table.paging.of not in dict(params):
            return f"--pages needs {table.paging.of}"
        return ""

    def tables_of(self, params: Params) -> tuple[AnswerTable, ...]:
        values = dict(params)
        return tuple(table for table in self.tables if holds(table.when, values))

    def paged(self, params: Params) -> AnswerTable | None:
        """Return the list whose pages can be turned with these parameters."""
        return next((table for table in self.tables_of(params) if table.paging), None)


def unknown_action(name: str) -> Action:
    """Return an action that no catalogue describes; it may change something."""
    return Action(name, "", post=True, source="whoever forces it")
