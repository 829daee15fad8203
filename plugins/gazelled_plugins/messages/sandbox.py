"""Templates of messages: checked when the config is read, rendered in Jinja2's sandbox."""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from operator import itemgetter
from types import MappingProxyType

from jinja2 import (
    StrictUndefined,
    Template,
    TemplateSyntaxError,
    filters,
    nodes,
    pass_context,
    pass_eval_context,
)
from jinja2.exceptions import SecurityError, TemplateError
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.meta import find_undeclared_variables
from jinja2.nodes import EvalContext
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from gazelled.plugin import Context as TargetContext
from gazelled.plugin import Event, Item
from gazelled_plugins.messages.budget import (
    LONGEST,
    STEPS,
    bounded,
    check_length,
    count_step,
    counted,
    joined,
    replaced,
)
from gazelled_plugins.messages.contributed_filters import Filters, contained
from gazelled_plugins.messages.filters import CLOSE, FILTERS, FORM, OPEN, ZONE
from gazelled_plugins.messages.formats import JSON, PLAIN, Format
from gazelled_plugins.messages.texts import harmless

_NAMES = ("event", "item", "items", "site_name", ZONE)

FAILURES = (
    *(TemplateError, ArithmeticError, AttributeError, LookupError, RecursionError),
    *(TypeError, ValueError),
)
"""What a template may raise when it is rendered."""

MOST = 10_000
"""The most characters, elements or bits that one operation in a template may make."""

WIDEST = 1_000
"""The widest that a text can be padded or indented, and the most parts of a list."""

_NAME = "<template>"
"""What stands for the file of a template in a traceback."""

_LITERAL = re.compile(f"{OPEN}([^{OPEN}{CLOSE}]*){CLOSE}")
_WIDE = re.compile(r"\d{4}|\*")
_UNBOUNDED = {
    *("center", "expandtabs", "format", "format_map", "ljust", "rjust", "translate", "zfill"),
}
"""Methods of texts whose results are as long as a number or a table says."""

_METHODS: Mapping[str, Callable[..., str]] = {
    "join": lambda separator, values: joined(values, separator),
    "replace": replaced,
}
"""Methods of texts that are there with a bound."""


class _Literals(Extension):
    """Marks what stands in a template, so that all else it writes can be told from that."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        """Put the marks around the text between tags."""
        for token in stream:
            if token.type == "data":
                yield Token(token.lineno, "data", f"{OPEN}{token.value}{CLOSE}")
            else:
                yield token


@pass_context
def _unfolded(context: Context, value: object) -> object:
    """
    Return a value to be written, nothing for one that is unknown.

    Since this takes a context, nothing is computed when a template compiles.
    """
    del context
    return "" if value is None else value


class _Bounded(ImmutableSandboxedEnvironment):
    """A sandbox in which no single operation makes something huge."""

    intercepted_binops = frozenset({"+", "*", "**", "%"})
    concat = staticmethod(joined)

    def call(self, context: Context, called: object, /, *args: object, **named: object) -> object:
        """Call a macro, a method or what else a template calls, within the bounds."""
        count_step(context)
        owner, name = getattr(called, "__self__", None), getattr(called, "__name__", "")
        if isinstance(owner, str) and name in _METHODS:
            return _METHODS[name](owner, *args, **named)
        return super().call(context, called, *args, **named)

    def call_binop(self, context: Context, operator: str, left: object, right: object) -> object:
        """Do an operation, unless its result would be huge."""
        if operator == "%" and isinstance(left, str):
            _check_format(left, right)
        if operator == "+":
            check_length(left, right)
        if operator == "*":
            _check_repetition(left, right)
        if isinstance(left, int) and isinstance(right, int) and _bits(operator, left, right) > MOST:
            raise SecurityError(f"a number has {MOST} bits at most")
        return super().call_binop(context, operator, left, right)

    def is_safe_attribute(self, obj: object, attr: str, value: object) -> bool:
        """Return whether a template may use an attribute."""
        if isinstance(obj, str) and attr in _UNBOUNDED:
            return False
        return super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: object) -> None:
        """Leave the methods that format to `is_safe_attribute`."""
        del value


def _check_repetition(left: object, right: object) -> None:
    sizes = [len(part) for part in (left, right) if isinstance(part, str | list | tuple)]
    counts = [part for part in (left, right) if isinstance(part, int)]
    if len(sizes) == len(counts) == 1 and sizes[0] * counts[0] > MOST:
        raise SecurityError(f"a repetition makes {MOST} elements at most")


def _bits(operator: str, left: int, right: int) -> int:
    """Return how many bits a product or a power has at most."""
    if operator == "**":
        return left.bit_length() * max(right, 0)
    return left.bit_length() + right.bit_length() if operator == "*" else 0


def _range(*bounds: int) -> range:
    """Make a range that is not huge."""
    made = range(*bounds)
    if len(made) > MOST:
        raise SecurityError(f"a range has {MOST} elements at most")
    return made


def _check_format(pattern: str, values: object) -> None:
    if _WIDE.search(pattern):
        raise SecurityError("a width in a format has three digits at most")
    check_length(*values if isinstance(values, tuple) else [values] * pattern.count("%"))


def _check_width(width: object) -> None:
    if (width if isinstance(width, int) else len(str(width))) > WIDEST:
        raise SecurityError(f"a width is {WIDEST} at most")


def _center(value: object, width: int = 80) -> str:
    _check_width(width)
    return filters.do_center(str(value), width)


def _indent(value: object, width: int | str = 4, first: bool = False, blank: bool = False) -> str:  # noqa: FBT001, FBT002 - the filter's signature is Jinja's
    _check_width(width)
    return filters.do_indent(str(value), width, first, blank)


def _batch(value: Iterable[object], linecount: int, fill_with: object = None) -> Iterator[object]:
    _check_width(linecount)
    return filters.do_batch(value, linecount, fill_with)


def _slice(value: Iterable[object], slices: int, fill_with: object = None) -> Iterator[object]:
    _check_width(slices)
    return filters.sync_do_slice(tuple(value), slices, fill_with)


@pass_context
def _tojson(context: Context, value: object, indent: int | None = None) -> str:
    """Return a value as JSON; in a body of JSON it stays as it is."""
    _check_width(indent or 0)
    written = filters.do_tojson(context.eval_ctx, value, indent)
    return f"{OPEN}{written}{CLOSE}" if context.resolve(FORM) is JSON else written


def _format(value: object, *arguments: object, **named: object) -> str:
    _check_format(str(value), arguments)
    return filters.do_format(str(value), *arguments, **named)


@pass_eval_context
def _join(
    context: EvalContext, value: Iterable[object], d: str = "", attribute: str | int | None = None
) -> str:
    if attribute is not None:
        value = map(filters.make_attrgetter(context.environment, attribute), value)
    return joined(value, d)


def _replace(s: object, old: object, new: object, count: int | None = None) -> str:
    return replaced(str(s), str(old), str(new), -1 if count is None else count)


_ENVIRONMENT = _Bounded(
    undefined=StrictUndefined,
    autoescape=False,  # each format escapes in its own way: see `render`
    extensions=[_Literals],
    optimized=False,
    finalize=_unfolded,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ENVIRONMENT.globals["range"] = _range
del _ENVIRONMENT.globals["lipsum"]
_ENVIRONMENT.filters |= {
    "batch": _batch,
    "center": _center,
    "format": _format,
    "indent": _indent,
    "join": _join,
    "replace": _replace,
    "slice": _slice,
    "tojson": _tojson,
    counted.__name__: counted,
    joined.__name__: joined,
    **FILTERS,
}


NO_FILTERS: Filters = MappingProxyType({})
"""The filters where no other plugin contributes one."""


@lru_cache(maxsize=8)
def _with(filters: tuple[tuple[str, Callable[..., object]], ...]) -> _Bounded:
    """Return an environment that has filters of other plugins, too; its own go first."""
    environment = _ENVIRONMENT.overlay()
    more = {name: contained(name, function) for name, function in filters}
    environment.filters = {**more, **_ENVIRONMENT.filters}
    return environment


def _environment(filters: Filters) -> _Bounded:
    return _with(tuple(sorted(filters.items(), key=itemgetter(0)))) if filters else _ENVIRONMENT


def check(source: str, filters: Filters = NO_FILTERS) -> None:
    """
    Check a template as far as one can without an event.

    Args:
        source: The template.
        filters: The filters that other plugins contribute.

    Raises:
        ValueError: With the line and what is wrong: the grammar, a name or a filter.

    """
    environment = _environment(filters)
    try:
        tree = environment.parse(source)
        environment.from_string(source)
    except TemplateSyntaxError as error:
        raise ValueError(f"line {error.lineno} of the template: {error.message}") from None
    except RecursionError:
        raise ValueError("the template is nested too deeply") from None
    unknown = find_undeclared_variables(tree) - set(_NAMES) - set(_ENVIRONMENT.globals)
    for node in tree.find_all(nodes.Name):
        if node.name in unknown:
            raise ValueError(_unknown(node.lineno, node.name, node.name, _NAMES))
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Getattr) and call.node.attr in _UNBOUNDED:
            text = f"line {call.lineno} of the template: {call.node.attr}() is not available"
            raise ValueError(f"{text}; use ~ and the filters")
    for part in tree.find_all(nodes.Getattr):
        owner = part.node.name if isinstance(part.node, nodes.Name) else ""
        kind = {"event": Event, "item": Item}.get(owner)
        names = _attributes(kind) if kind else [part.attr]
        if part.attr not in names:
            raise ValueError(_unknown(part.lineno, f"{owner}.{part.attr}", part.attr, names))


def render(
    source: str,
    names: Mapping[str, object],
    form: Format = PLAIN,
    filters: Filters = NO_FILTERS,
) -> str:
    """
    Render a template that was checked.

    What stands in the template is the user's and stays as it is; whatever else it writes is text of
    others, which the format escapes. So a macro, a block or a filter changes nothing about that.

    Args:
        source: The template.
        names: What it knows, with harmless texts.
        form: The format of what it writes.
        filters: The filters that other plugins contribute.

    Raises:
        TemplateError: If it can't be rendered, or one of its operations would make something huge.

    """
    written, parts = 0, []
    template = _compiled(source, _environment(filters))
    for part in template.generate({**names, FORM: form, STEPS: [0]}):
        written += len(part)
        if written > LONGEST:
            raise SecurityError(f"a template writes {LONGEST:,} characters at most")
        parts.append(part)
    return "".join(_escaped("".join(parts), form))


@lru_cache(maxsize=128)
def _compiled(source: str, environment: _Bounded) -> Template:
    code = environment.compile(bounded(environment.parse(source)), filename=_NAME)
    return Template.from_code(environment, code, environment.make_globals(None))


def _escaped(text: str, form: Format) -> Iterator[str]:
    """Yield the parts of a rendered text: what stood in the template, and the rest escaped."""
    before, at = "", 0
    for literal in _LITERAL.finditer(text):
        if literal.start() > at:
            yield form.value(_unmarked(text[at : literal.start()]), before)
            before = ""
        yield literal[1]
        before, at = literal[1] or before, literal.end()
    if at < len(text):
        yield form.value(_unmarked(text[at:]), before)


def _unmarked(text: str) -> str:
    return text.replace(OPEN, "").replace(CLOSE, "")


def names(event: Event, context: TargetContext) -> dict[str, object]:
    """Return what a template knows of an event with harmless texts."""
    return {
        "event": event,
        "item": event.items[0],
        "items": event.items,
        "site_name": harmless(context.site_name),
        ZONE: context.zone,
    }


def line_of(error: BaseException) -> int:
    """Return the line of a template where an error was raised; 0 if that is unknown."""
    line, trace = 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == _NAME:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def _attributes(kind: type[Event | Item]) -> list[str]:
    names = (*(field.name for field in dataclasses.fields(kind)), "item")
    return [name for name in names if hasattr(kind, name)]


def _unknown(line: int, shown: str, name: str, names: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(names), n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"it knows {', '.join(names)}"
    return f"line {line} of the template: there is no {shown!r}; {hint}"
