"""How deliveries look as tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from gazelled.cli import output
from gazelled.cli.render.delivery_tables import (
    others_text,
    print_deliveries,
    print_delivery,
    state_text,
    why_text,
)
from gazelled.service.control.event_replies import DeliveryEntry

NOW = output.now().replace(microsecond=0)
WAITING = DeliveryEntry(
    key="yeast:new:63@phone",
    id="d2ca6db7f3cf63fba45ce02cf7213713",
    event="yeast:new:63",
    target="phone",
    watch="yeast",
    kind="new",
    title="S288C reads",
    found_at=NOW - timedelta(days=40),
    state="waiting",
    tries=0,
    due=None,
    settled=None,
    held="",
    error="",
    parts=0,
    into="",
)
LATER, EARLIER = NOW + timedelta(days=40), NOW - timedelta(days=40)
THEN = output.moment(LATER)
FAILED = replace(WAITING, state="failed", error="503", tries=2)
HELD = replace(WAITING, state="held", due=LATER)
DEAD = replace(WAITING, state="dead", settled=EARLIER, error="413")


@pytest.mark.parametrize(
    ("entry", "state", "why"),
    [
        (WAITING, "waiting", ""),
        (replace(WAITING, problem="401 Unauthorized"), "waiting", "401 Unauthorized"),
        (replace(WAITING, due=LATER), f"waiting until {THEN}", ""),
        (replace(FAILED, due=LATER), f"failed, next try {THEN}", "503"),
        (FAILED, "failed, next try now", "503"),
        (replace(HELD, held="quiet"), f"held until {THEN} (quiet hours)", ""),
        (replace(HELD, held="digest"), f"held until {THEN} (digest)", ""),
        (replace(HELD, held="max"), f"held until {THEN} (maximum)", ""),
        (replace(HELD, held="removed"), f"held until {THEN} (target removed)", ""),
        (
            replace(HELD, due=None, held="merged", into="mice:new:63"),
            "held (same upload)",
            "in the message of mice:new:63",
        ),
        (
            replace(WAITING, state="done", settled=EARLIER, held="repeated", into="mice:new:63"),
            f"done {output.moment(EARLIER)}",
            "mice:new:63 had reported it",
        ),
        (replace(WAITING, state="sending"), "sending", ""),
        (DEAD, f"dead {output.moment(EARLIER)}", "413"),
        (
            replace(DEAD, held="dropped"),
            f"dead {output.moment(EARLIER)}",
            "dropped; its last error: 413",
        ),
        (
            replace(WAITING, state="done", settled=EARLIER),
            "done " + output.moment(EARLIER),
            "",
        ),
    ],
    ids=lambda value: value.state if isinstance(value, DeliveryEntry) else "",
)
def test_each_state_has_its_words(entry: DeliveryEntry, state: str, why: str) -> None:
    """The time that people wait for, and the reason."""
    assert (state_text(entry, NOW), why_text(entry)) == (state, why)


def test_lines_fit_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """The reason stands below its delivery; without any nothing is printed."""
    print_deliveries([])
    print_deliveries([FAILED, WAITING])
    at = output.moment(EARLIER)
    blank = " " * len(at)
    assert capsys.readouterr().out.splitlines() == [
        f"{'FOUND'.ljust(len(at))}  TARGET  STATE                 KEY",
        f"{at}  phone   failed, next try now  yeast:new:63",
        f"{blank}  503",
        f"{at}  phone   waiting               yeast:new:63",
    ]
    print_delivery(replace(FAILED, parts=2))
    rows = dict(line.split("  ", 1) for line in capsys.readouterr().out.splitlines()[1:])
    rows = {name.strip(): text.strip() for name, text in rows.items()}
    assert (rows["why"], rows["tries"], rows["parts sent"]) == ("503", "2", "2")


def test_what_stays_is_counted_by_its_state() -> None:
    """Parts of other messages, too."""
    assert others_text({}) == ""
    assert others_text({"done": 1}) == "1 delivery stays as before: 1 done."
    text = "3 deliveries stay as before: 1 held, 2 in messages of others."
    assert others_text({"held": 1, "combined": 2}) == text
