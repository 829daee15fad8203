"""What the daemon says about itself, word for word."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from gazelled.clock import Clock
from gazelled.delivery import TargetChange
from gazelled.errors import BadAnswer, RequestRefused, TrackerError, TrackerUnavailable
from gazelled.model import Delivery, Event, EventKind, StreamId
from gazelled.redact import Redactor
from gazelled.service.configuration.configured_targets import RemovedTarget
from gazelled.service.notices.sender import NoticeSender
from gazelled.service.notices.texts import heartbeat
from gazelled.store import Store
from gazelled.tracker.answers.health import HealthChange, TrackerState
from gazelled.tracker.key_values import InMemoryStore
from gazelled.tracker.models import Drift
from gazelled.tracker.sites.site import Site
from gazelled.watches.events import notice_event
from gazelled.watches.findings import Missed, Trouble, WentBack

BROWSE = StreamId("browse")

ONE = datetime(2026, 3, 2, 13, 4, tzinfo=UTC)
SITE = Site(url="https://biotorrents.de", name="BioTorrents.de")


class Box(InMemoryStore):
    """An outbox that can be looked into."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, tuple[Event, tuple[str, ...]]] = {}
        self.woken = 0
        self.outbox = self

    async def add(self, event: Event, targets: Sequence[str]) -> None:
        """Keep an event under its key."""
        self.sent.setdefault(event.key, (event, tuple(targets)))

    def wake(self) -> None:
        """Count."""
        self.woken += 1

    @property
    def words(self) -> list[tuple[str, str]]:
        """What was said."""
        return [(event.title, event.text) for event, _ in self.sent.values()]

    @property
    def told(self) -> list[tuple[str, ...]]:
        """Whom it was said to."""
        return [targets for _, targets in self.sent.values()]


@pytest.fixture(autouse=True)
def in_london() -> Iterator[None]:
    """Let people live where the clock shows UTC."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "UTC"
    time.tzset()
    yield
    os.environ.pop("TZ")
    os.environ |= {"TZ": before} if before else {}
    time.tzset()


@pytest.fixture
def box() -> Box:
    """Return an empty outbox."""
    return Box()


@pytest.fixture
def notices(box: Box) -> NoticeSender:
    """Return notices for two targets."""
    redactor = Redactor()
    redactor.add("hush-hush")
    return NoticeSender(
        SITE, ["phone", "mail"], cast("Store", box), Clock(start=ONE), box.wake, redactor.scrub
    )


async def test_the_tracker_is_down(box: Box, notices: NoticeSender) -> None:
    """Since when, why, how often it was tried, when next, and that there is nothing to do."""
    half_past = ONE + timedelta(minutes=30)
    await notices.tracker_changed(
        HealthChange(TrackerState.DOWN, "502 Bad Gateway", ONE, 3, half_past)
    )
    assert box.words == [
        (
            "BioTorrents.de hasn't answered since 13:04",
            (
                "502 Bad Gateway. 3 requests failed; next 13:34. gazelled catches up and notifies "
                "you when it is back. There is nothing for you to do."
            ),
        )
    ]
    assert box.told == [("phone", "mail")]
    assert box.woken == 1


async def test_what_a_person_can_do_about_an_outage(box: Box, notices: NoticeSender) -> None:
    """A cause that says what to do isn't followed by the word that there is nothing."""
    text = "no TLS is spoken at x:80: check the port in url"
    half_past = ONE + timedelta(minutes=30)
    change = HealthChange(TrackerState.DOWN, text, ONE, 3, half_past, explained=True)
    await notices.tracker_changed(change)
    ((_, said),) = box.words
    assert said == (
        "No TLS is spoken at x:80: check the port in url. 3 requests failed; next 13:34. gazelled "
        "catches up and notifies you when it is back."
    )


async def test_a_whole_sentence_keeps_its_end(box: Box, notices: NoticeSender) -> None:
    """A reason that is a sentence isn't continued."""
    await notices.tracker_changed(HealthChange(TrackerState.DOWN, "its token is odd.", ONE, 3))
    ((_, text),) = box.words
    assert text.startswith("Its token is odd. 3 requests failed. gazelled catches up")


async def test_the_tracker_is_back(box: Box, notices: NoticeSender) -> None:
    """From when it was away."""
    await notices.tracker_changed(HealthChange(TrackerState.BACK, "502 Bad Gateway", ONE, 5))
    assert box.words == [
        ("BioTorrents.de is back", "It was away from 13:04. gazelled catches up now.")
    ]


async def test_an_action_fails_and_works_again(box: Box, notices: NoticeSender) -> None:
    """Which one, since when and why, that others are asked, and its end; with secrets taken out."""
    later = ONE + timedelta(minutes=20)
    failing = HealthChange(TrackerState.FAILING, "500 of hush-hush", ONE, 3, later, "browse")
    await notices.tracker_changed(failing)
    await notices.tracker_changed(failing)
    await notices.tracker_changed(HealthChange(TrackerState.WORKING, "500", ONE, 9, None, "browse"))
    (fails, text), (works, end) = box.words
    assert fails == "browse of BioTorrents.de has failed since 13:04"
    assert "3 requests failed; next 13:24. Other actions are asked as before." in text
    assert "hush" not in text
    assert (works, "13:04" in end) == ("browse of BioTorrents.de works again", True)


async def test_everything_is_stopped(box: Box, notices: NoticeSender) -> None:
    """The reason, and what makes it go on."""
    await notices.tracker_changed(
        HealthChange(TrackerState.STOPPED, "The account is disabled.", ONE)
    )
    assert box.words == [
        (
            "BioTorrents.de: stopped until you act",
            (
                "The account is disabled. Nothing is sent until: gazelled resume. After a "
                "change of the log-in, restart gazelled instead."
            ),
        )
    ]


async def test_someone_else_uses_the_account(box: Box, notices: NoticeSender) -> None:
    """Who it may be and what follows; told again after a crash it is the same event."""
    for _ in range(2):
        await notices.tracker_changed(HealthChange(TrackerState.SHARED, "", ONE, 3))
    await notices.tracker_changed(HealthChange(TrackerState.ALONE, "", ONE))
    assert box.words == [
        (
            "Another client has been using this account's rate limit since 13:04",
            (
                "BioTorrents.de refused 3 requests within an hour, though gazelled kept to its "
                "rate limit: a browser or another program uses the account, too. gazelled sends "
                "requests more slowly until an hour has passed without a refusal. If there is no "
                "other client, the limit in [tracker.limit] is wider than the site's."
            ),
        ),
        (
            "No other client uses this account's rate limit any more",
            "BioTorrents.de has refused nothing for an hour. gazelled uses its full rate again.",
        ),
    ]


async def test_what_is_no_news(box: Box, notices: NoticeSender) -> None:
    """A person's own doing and a short pause are in the log only."""
    await notices.tracker_changed(HealthChange(TrackerState.RESUMED, "", ONE))
    await notices.tracker_changed(HealthChange(TrackerState.LIMITED, "", ONE))
    assert box.words == []


@pytest.mark.parametrize(
    ("problem", "title", "text"),
    [
        (
            RequestRefused("bad id parameter"),
            "yeast, wine: BioTorrents.de refuses",
            (
                "Bad id parameter. Request: browse year=2. gazelled keeps asking, in case "
                "it is fixed there."
            ),
        ),
        (
            BadAnswer("There is no list at results."),
            "yeast, wine: an answer could not be read",
            (
                "There is no list at results. Request: browse year=2. gazelled keeps asking; "
                "the answer is in the state folder, in broken/."
            ),
        ),
        (
            TrackerUnavailable("500 Internal Server Error"),
            "yeast, wine: BioTorrents.de can't answer this",
            (
                "500 Internal Server Error. Request: browse year=2. Other requests are answered; "
                "gazelled keeps asking."
            ),
        ),
        (None, "yeast, wine works again", "BioTorrents.de answers it."),
    ],
)
async def test_a_source_in_trouble(
    box: Box, notices: NoticeSender, problem: TrackerError | None, title: str, text: str
) -> None:
    """Whose it is, what is wrong, what was asked, and what happens next."""
    await notices.source_changed(
        Trouble(StreamId("browse year=2"), ("yeast", "wine"), problem, ONE)
    )
    assert box.words == [(title, text)]


def test_the_newest_entries_are_gone(notices: NoticeSender) -> None:
    """It says from where to where, and what that may mean."""
    event, targets = notices.of_source(WentBack(BROWSE, ("yeast",), "1094", "63", ONE))
    assert targets == ("phone", "mail")
    assert event.title == "yeast: the newest entries are gone"
    assert event.text.startswith("The newest of browse is 63; it was 1094 at the last look.")
    assert event.kind is EventKind.NOTICE


def test_something_was_missed(notices: NoticeSender) -> None:
    """Both ends are named."""
    event, targets = notices.of_source(Missed(BROWSE, ("yeast",), "63", "1094", ONE))
    assert (event.title, event.text) == (
        "yeast: something was missed",
        (
            "What came between 63 and 1094 is further back than the pages of BioTorrents.de go. "
            "Look there by hand if it matters. Request: browse."
        ),
    )
    assert targets == ("phone", "mail")


async def test_a_target_fails_and_is_back(box: Box, notices: NoticeSender) -> None:
    """The others are told, and only they."""
    failing = TargetChange("phone", failing=True, error="no route", since=ONE)
    back = TargetChange("phone", failing=False, error="no route", since=ONE)
    lost = Delivery(notice_event("x", "Headline", "", "", ONE), "phone")
    again = f"To send it again: gazelled deliveries retry {lost.key}"
    given_up = TargetChange("phone", failing=True, error="gone", since=ONE, given_up=lost)
    for change in (failing, given_up, replace(given_up, refused=True), back):
        await notices.target_changed(change)
    assert box.words == [
        (
            "Messages to phone have failed since 13:04",
            "No route. gazelled keeps its messages and retries.",
        ),
        (
            "phone: a message could not be delivered",
            f"Gone. gazelled tried for a week and gave it up: Headline\n{again}",
        ),
        (
            "phone refused a message",
            f"Gone. The others are sent; this one is not sent again: Headline\n{again}",
        ),
        ("phone works again", "What waited for it is being delivered."),
    ]
    assert box.told == [("mail",)] * 4


@pytest.mark.parametrize(
    ("change", "title", "command"),
    [
        ({"fault": True}, "phone cannot be used since 13:04", "gazelled target test phone"),
        (
            {"refused": True, "lost": 3},
            "phone has refused every message since 13:04",
            "gazelled deliveries --target phone --state dead",
        ),
        (
            {"failing": False, "lost": 2},
            "phone works again",
            "2 messages are not sent again: gazelled deliveries --target phone --state dead",
        ),
    ],
)
async def test_each_case_of_a_target_has_its_own_notice(
    box: Box, notices: NoticeSender, change: dict[str, Any], title: str, command: str
) -> None:
    """What is wrong, what happens to the messages, and what to do."""
    failing = TargetChange("phone", failing=True, error="the password is wrong", since=ONE)
    await notices.target_changed(replace(failing, **change))

    [(said, text)] = box.words
    assert said.startswith(title)
    assert command in text


async def test_a_target_was_removed(box: Box, notices: NoticeSender) -> None:
    """It says on which day its messages end, since that is not today."""
    await notices.target_removed(RemovedTarget("phone", 2, ONE + timedelta(days=7)))
    [(title, text)] = box.words
    assert title == "The target phone was removed"
    assert text.startswith("2 messages waited for it")
    assert "until 2026-03-09 13:04" in text
    assert text.endswith("gazelled deliveries --target phone")


async def test_messages_rest_after_kills(box: Box, notices: NoticeSender) -> None:
    """The others are told which message or target it is, and what to do."""
    last = Delivery(notice_event("x", "Headline", "", "", ONE), "phone")
    for all_rest in (False, True):
        change = TargetChange(
            "phone", failing=True, error="killed", since=ONE, rests=last, all_rest=all_rest
        )
        await notices.target_changed(change)
    titles, texts = zip(*box.words, strict=True)
    assert titles == ("phone: a message is paused", "phone: its messages are paused")
    for text in texts:
        assert "Headline" in text
        assert text.endswith("gazelled resume")
    assert box.told == [("mail",)] * 2


async def test_a_plugin_is_left_out(box: Box, notices: NoticeSender) -> None:
    """The loader's sentence, at the first start that it holds for."""
    for _ in range(2):
        await notices.plugins_left_out({"sheet": "sheet.py has a mistake in line 3."})
    assert box.words == [("The plugin sheet was left out", "sheet.py has a mistake in line 3.")]


async def test_answers_change(box: Box, notices: NoticeSender) -> None:
    """The first few differences, without values, and what it means."""
    await notices.answers_changed("browse", [Drift("new", f"key{n}", came="a text") for n in "ab"])
    await notices.answers_changed("index", [Drift("new", f"k{n}", came="a list") for n in range(7)])
    (title, text), (_, many) = box.words
    assert title == "Answers of BioTorrents.de to browse have changed"
    assert text.startswith("keya is new: a text; keyb is new: a text. Nothing else changed")
    assert "k4 is new: a list; and 2 more." in many


async def test_answers_lose_something(box: Box, notices: NoticeSender) -> None:
    """What is missing or can't be read is never said to be nothing to do."""
    for each in (Drift("missing", "size", "a number"), Drift("odd", "size", "a number", "a text")):
        await notices.answers_changed("browse", [Drift("new", "key", came="a text"), each])
    assert len(box.words) == 2
    for _, text in box.words:
        assert "nothing for you to do" not in text
        assert "counts as unknown" in text


async def test_what_a_crash_repeats_is_the_same_notice(box: Box, notices: NoticeSender) -> None:
    """The same thing since the same time has one key; another time makes it another notice."""
    later = ONE + timedelta(seconds=1)
    for since in (ONE, ONE, later):
        await notices.tracker_changed(HealthChange(TrackerState.DOWN, "502", since, 3))
        await notices.tracker_changed(HealthChange(TrackerState.BACK, "502", since, 3))
        await notices.tracker_changed(HealthChange(TrackerState.STOPPED, "502", since))
        await notices.source_changed(Trouble(BROWSE, ("yeast",), RequestRefused("no"), since))
        await notices.source_changed(Trouble(BROWSE, ("yeast",), None, since))
    assert len(box.sent) == 2 * 5


async def test_what_others_say_is_passed_on_without_secrets(
    box: Box, notices: NoticeSender
) -> None:
    """A secret in an error of a plugin doesn't get into the messages to other targets."""
    error = "no route to https://me:hush-hush@there.example"
    await notices.target_changed(TargetChange("phone", failing=True, error=error, since=ONE))
    await notices.plugins_left_out({"sheet": "It said hush-hush."})
    await notices.source_changed(Trouble(BROWSE, ("yeast",), RequestRefused("no, hush-hush!"), ONE))
    assert len(box.words) == 3
    assert "hush" not in str(box.sent)


async def test_a_sign_of_life(box: Box, notices: NoticeSender) -> None:
    """What was done since the last one, how the tracker is, and that nothing fails."""
    sign = heartbeat(
        SITE.name,
        ONE,
        watches=12,
        looks=1008,
        events=14,
        missed=0,
        tracker="answered 07:58",
        failing={},
    )
    await notices.send(sign)
    await notices.send(sign)
    assert box.words == [
        (
            "gazelled is alive",
            (
                "12 watches. Since Monday, 2 March, 13:04: 1,008 looks, 14 events, "
                "nothing missed.\n"
                "BioTorrents.de answered 07:58.\n"
                "Nothing is failing."
            ),
        )
    ]


async def test_a_sign_of_life_names_what_fails(box: Box, notices: NoticeSender) -> None:
    """Each failing thing has its line, without secrets, beside what was missed."""
    failing = {"yeast, wheat": "bad id hush-hush", "phone": "no network."}
    sign = heartbeat(
        SITE.name,
        ONE,
        watches=1,
        looks=1,
        events=0,
        missed=2,
        tracker="hasn't answered since 13:04: 502",
        failing=failing,
    )
    await notices.send(sign)
    ((_, text),) = box.words
    assert text.splitlines() == [
        "1 watch. Since Monday, 2 March, 13:04: 1 look, 0 events, 2 missed.",
        "BioTorrents.de hasn't answered since 13:04: 502.",
        "Failing:",
        "yeast, wheat: Bad id [redacted].",
        "phone: No network.",
    ]


async def test_a_target_reports_about_a_delivery_once_to_the_others(box: Box) -> None:
    """To those of the watch; to those of notices where it has none. Secrets are removed."""
    redactor = Redactor()
    redactor.add("CANARYsecret")
    sender = NoticeSender(
        SITE, ["phone", "box"], cast("Store", box), Clock(), box.wake, redactor.scrub
    )
    notify = sender.about_deliveries({"rescue": ["box", "mail"], "alone": ["box"]})
    found = notice_event("found", "S288C reads", "", "https://biotorrents.de/3", ONE)
    for watch in ("rescue", "alone"):
        delivery = Delivery(replace(found, kind=EventKind.RAISED, watch=watch, key=watch), "box")
        for _ in range(2):
            await notify(delivery, "added", "Added to box", "CANARYsecret")
        await notify(replace(delivery, attempt=2), "added", "Added to box", "CANARYsecret")
    assert box.told == [("mail",), ("phone",)]
    assert {event.title for event, _ in box.sent.values()} == {"Added to box"}
    assert {event.item.url for event, _ in box.sent.values()} == {"https://biotorrents.de/3"}
    assert "CANARY" not in f"{box.sent}"
    assert box.woken == 6
