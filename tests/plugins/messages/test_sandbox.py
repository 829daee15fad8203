"""Templates of messages."""

from __future__ import annotations

import re

import pytest
from jinja2 import TemplateError

from gazelled.testing.plugin_kit import PluginKit
from gazelled_plugins.messages import sandbox as templates


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("one\n{{ event.title", "line 2 of the template: unexpected end"),
        ("{{ evnt.title }}", "line 1 of the template: there is no 'evnt'; did you mean 'event'?"),
        (
            "a\nb\n{{ item.titel }}",
            "line 3 of the template: there is no 'item.titel'; did you mean",
        ),
        ("{{ item.size | sise }}", "line 1 of the template: No filter named 'sise'"),
        ("{{ 'a'.ljust(9) }}", "line 1 of the template: ljust() is not available"),
        ("{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}", "the template is nested too deeply"),
    ],
)
def test_mistakes_are_found_before_anything_is_sent(source: str, problem: str) -> None:
    """A mistake is told with its line and what was meant."""
    with pytest.raises(ValueError, match=re.escape(problem)):
        templates.check(source)


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("{{ item.size | size }} {{ item.fields.format }}", "1 KiB FASTA"),
        ("{% for item in items %}{{ item | facts }}{% endfor %}", "1 KiB FASTA · CC0"),
        (
            "{% for c in event.changes %}{{ c.field }} {{ c.before }} → {{ c.after }}{% endfor %}",
            "seeders 3 → 1",
        ),
        ("{{ event | why }}", "gazelled why yeast:new:63"),
        ("{{ event.watch }} at {{ site_name }}: {{ event.item.title }}", "yeast at BT: S288C"),
    ],
)
def test_a_template_reads_the_event(gz: PluginKit, source: str, text: str) -> None:
    """Templates know the event, its items, the site's name and the filters."""
    event = gz.event(
        title="S288C",
        id="63",
        size=1024,
        format="FASTA",
        license="CC0",
        changes={"seeders": (3, 1)},
    )
    names = {"event": event, "item": event.item, "items": event.items, "site_name": "BT"}
    templates.check(source)
    assert text == templates.render(source, names)


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'a' * 10000000000 }}",
        "{{ 10000000000 * ['a'] }}",
        "{{ 9 ** (9 ** 9) }}",
        "{{ 'a' | center(1000000000) }}",
        "{{ 'a' | indent(1000000000, true) }}",
        "{{ '%1000000000d' | format(1) }}",
        "{{ '%*d' % (1000000000, 1) }}",
        "{{ 2 ** 100000000 }}",
        "{% set n = 2 ** 9000 %}{{ n * n }}",
        "{{ '%10000000000d' % 1 }}",
        "{{ range(100000000) | list }}",
        "{{ item['title']['ljust'](10000000000) }}",
        "{{ item.title['format'](1) }}",
        "{{ items | slice(1000000000) | list }}",
        "{{ items | batch(1000000000, 0) | list }}",
        "{{ [1] | tojson(1000000000) }}",
    ],
)
def test_nothing_huge_is_made(gz: PluginKit, source: str) -> None:
    """Neither checking nor rendering computes what would take the machine's memory."""
    names = {"event": None, "item": gz.event(title="x").item, "items": (), "site_name": "BT"}
    templates.check(source)
    with pytest.raises(TemplateError):
        templates.render(source, names)


def test_small_operations_work() -> None:
    """What is bounded can be used."""
    source = (
        "{{ '-' * 3 }} {{ 2 ** 10 }} {{ 7 % 4 }} {{ range(3) | join }} {{ 1.5 * 2 }} "
        "{{ '%.1f' | format(1.25) }} {{ '%03d' % 7 }} {{ 'a' | center(3) }} "
        "{{ 'b' | indent(2, true) }} {{ 'abc' | batch(2) | map('join') | join('-') }} "
        "{{ 'abc' | slice(2) | map('join') | join('-') }} {{ [1] | tojson }} "
        "{{ 'abab' | replace('a', 'cc', 1) }} {{ 'ab'.replace('b', 'a') }} {{ '+'.join('ab') }} "
        "{{ [{'x': 1}, {'x': 2}] | join(', ', attribute='x') }} {{ '%s%%' % 5 }}"
    )
    templates.check(source)
    assert (
        templates.render(source, {})
        == "--- 1024 3 012 3.0 1.2 007  a    b ab-c ab-c [1] ccbab aa a+b 1, 2 5%"
    )


@pytest.mark.parametrize(
    "source",
    [
        "{% for a in range(9000) %}{% for b in range(9000) %}{% endfor %}{% endfor %}",
        (
            "{% set n = namespace(x='a' * 999) %}{% for i in range(99) %}"
            "{% set n.x = n.x ~ n.x %}{% endfor %}"
        ),
        (
            "{% set n = namespace(x='a' * 999) %}{% for i in range(99) %}"
            "{% set n.x = n.x + n.x %}{% endfor %}"
        ),
        (
            "{% set n = namespace(x=[1]) %}{% for i in range(99) %}"
            "{% set n.x = n.x + n.x %}{% endfor %}"
        ),
        "{% for i in range(9000) %}{{ 'a' * 999 }}{% endfor %}",
        "{{ ('a' * 9000) | replace('a', 'b' * 9000) | length }}",
        "{{ ('a' * 9000).replace('', 'b' * 9000) | length }}",
        "{{ range(9000) | join('b' * 9000) | length }}",
        "{{ ('b' * 9000).join(['a'] * 9000) | length }}",
        "{{ (['a' * 9000] * 9000) | join | length }}",
        "{{ ('%s' * 3000) | format(*(('a' * 9000,) * 3000)) | length }}",
        "{{ (('%s' * 3000) % (('a' * 9000,) * 3000)) | length }}",
        (
            "{% set n = namespace(x='a' * 999) %}{% for i in range(99) %}"
            "{% set y %}{{ n.x }}{{ n.x }}{% endset %}{% set n.x = y %}{% endfor %}"
        ),
        "{% macro m(n) %}{% if n %}{{ m(n - 1) ~ m(n - 1) }}{% endif %}{% endmacro %}{{ m(99) }}",
    ],
)
def test_a_template_ends_and_stays_small(source: str) -> None:
    """However its loops and calls are nested, and whatever they collect."""
    templates.check(source)
    with pytest.raises(TemplateError, match="at most"):
        templates.render(source, {})


def test_loops_are_as_they_were() -> None:
    """The bounds change nothing about what a loop knows."""
    source = (
        "{% for a in 'xyz' %}{{ loop.index }}/{{ loop.length }}{{ a ~ '!' ~ 1 }}"
        "{{ ',' if not loop.last }}{% else %}none{% endfor %} "
        "{% for a in [] %}{% else %}none{% endfor %} "
        "{% for k, v in {'a': 1}.items() if v %}{{ k }}{{ v }}{% endfor %} "
        "{% for n in [[1, [2]]] recursive %}{{ loop(n) if n is iterable else n }}{% endfor %}"
    )
    assert templates.render(source, {}) == "1/3x!1,2/3y!1,3/3z!1 none a1 12"


def test_the_line_of_a_failure_is_known() -> None:
    """It is that of the template, whatever is around it."""
    source = "a\n{% for i in [0] %}\n{{ 1 // i }}\n{% endfor %}"
    with pytest.raises(ZeroDivisionError) as caught:
        templates.render(source, {})
    assert templates.line_of(caught.value) == 3
