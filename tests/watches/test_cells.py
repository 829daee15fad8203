"""
Whatever can be watched is watched: each cell of the table in docs/watches.md.

A config as one writes it becomes a watch, which looks at the simulated tracker by cookie and by
token. Then exactly what its kind tells happens, and it tells that, once, and nothing else.
"""

from __future__ import annotations

import html
import json
import shlex
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.kinds import KINDS
from tests.shapes import Shape, shapes
from tests.watches.conftest import HandClock, Post, open_post
from tests.watches.happenings import LIVES, Happening, Life

from gazelled.config import Loaded, load
from gazelled.model import Event, EventKind, Item
from gazelled.store import StreamState
from gazelled.tracker.catalogue.actions import ACTIONS
from gazelled.tracker.login.auth import Auth, LoginAuth, TokenAuth
from gazelled.watches.streams.items import extract
from gazelled.watches.streams.look import look
from gazelled.watches.streams.stream import Stream
from gazelled.watches.watch import Watch
from gazelled_plugins.kinds.report import LONGEST_TEXT, MOST_REPORTED

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from gazelled.store import Store
    from gazelled.testing import Simulator

SHAPES = {shape.name: shape for shape in shapes()}
PASSWORDS = {"me": "me-password-123456", "power1": "power-password-123456"}
LOG_INS = ("cookie", "token")
MARKS: Mapping[str, Sequence[pytest.MarkDecorator]] = {"cookie": (), "token": [pytest.mark.slow]}
MOST_LOOKS = 2
"""What is gone is told at a second look."""


def cells(kind: str) -> pytest.MarkDecorator:
    """Run a test for all that a kind of watch fits, by each log-in that is told of it."""
    return pytest.mark.parametrize(
        ("name", "by"),
        [
            pytest.param(name, by, id=f"{name}, {by}", marks=MARKS[by])
            for name, shape in SHAPES.items()
            for by in LOG_INS
            if KINDS[kind].serves(shape.listing) and (by == "cookie" or shape.action.token)
        ],
    )


def written(action: str, example: str, kind: str, life: Life) -> str:
    """Write a watch as people do."""
    given = dict(each.split("=", 1) for each in shlex.split(example))
    pairs = ", ".join(f"{name} = {json.dumps(value)}" for name, value in given.items())
    lines = [
        "[watch.cell]",
        f'ask = "{action}"',
        f"with = {{ {pairs} }}",
        f'kind = "{kind}"',
        "mark_read = true",
        'tell = ["phone"]' if kind != "call" else "",
        life.match if kind == "new" else "",
        f'fields = ["{life.field}"]' if kind == "change" else "",
        f"if = '{life.if_}'" if kind == "alert" else "",
        f"until = '{life.until}'" if kind == "alert" and life.until else "",
    ]
    return "\n".join(lines)


def loaded(folder: Path, url: str, watch: str, *, by: str = "cookie", user: str = "me") -> Loaded:
    """Load a config with this watch."""
    log_in = {
        "cookie": f'login = {{ username = "{user}", password = {{ env = "SECRET" }} }}',
        "token": 'token = { env = "SECRET" }',
    }
    file = folder / "config.toml"
    file.write_text(
        f'[tracker]\nurl = "{url}"\n{log_in[by]}\n'
        f'[notices]\ntell = ["phone"]\n[target.phone]\nplugin = "journal"\n{watch}\n'
    )
    return load(file, {"SECRET": "a-secret-of-some-length"}, known_plugins=("journal",))


@dataclass(frozen=True)
class Scene:
    """
    A watch at work.

    Attributes:
        post: Where it looks.
        watch: The watch.
        life: What can happen to what it sees.

    """

    post: Post
    watch: Watch
    life: Life

    async def look(self) -> list[Event]:
        """Look once; tell what it told."""
        return await self.post.run(self.watch)

    async def begin(self) -> None:
        """Look for the first time, which is one message, and once more."""
        assert [event.kind for event in await self.look()] == [EventKind.FIRST_LOOK]
        assert await self.look() == []

    async def after(self, happening: Happening | None, *, looks: int = 1) -> Event:
        """Let something happen: it is told once, at one of so many looks, and never again."""
        assert happening
        happening(self.post.sim.world)
        told = [event for _ in range(looks) for event in await self.look()]
        (event,) = told
        assert await self.look() == []
        assert await self.look() == []
        self.check(event)
        return event

    def check(self, event: Event) -> None:
        """It says what it is about, in plain words."""
        assert event.watch == self.watch.name
        assert event.title
        listing = self.watch.listing
        assert listing
        kinds = {source.kind for source in listing.lists}
        for item in event.items:
            assert item.kind in kinds
            assert item.title
            assert item.url.startswith(f"{self.post.site.url}/")
        for text in (event.title, event.text, *(item.title for item in event.items)):
            assert text == html.unescape(text).strip()
            assert "[b]" not in text
            assert not {"None", "True", "False"} & {*text.replace(",", " ").split()}
        assert "\n" not in event.title


Open = Callable[[Shape, str, str], Awaitable[Scene]]
"""Puts a watch to work: of this shape, of this kind, by this log-in."""


@pytest.fixture
async def scene(
    sim: Simulator, clock: HandClock, store: Store, tmp_path: Path
) -> AsyncIterator[Open]:
    """A way to put a watch to work."""
    async with AsyncExitStack() as stack:

        async def opened(shape: Shape, kind: str, by: str) -> Scene:
            life = LIVES[shape.name.partition(" page=")[0]]
            life.begins(sim.world)
            user = "power1" if shape.action.name == "notifications" else "me"
            text = written(shape.action.name, shape.listing.example, kind, life)
            found = loaded(tmp_path, sim.url, text, by=by, user=user)
            assert found.problems == []
            assert found.config
            (watch,) = found.config.watches.values()
            log_in: dict[str, Auth] = {
                "cookie": LoginAuth(user, PASSWORDS[user]),
                "token": TokenAuth(sim.token(user)),
            }
            post = await stack.enter_async_context(open_post(sim, clock, store, log_in[by]))
            return Scene(post, watch, life)

        yield opened


def thing(scene: Scene, item: Item) -> str:
    """Return what an item is known by, whatever its revision."""
    assert scene.watch.listing
    return scene.watch.listing.thing(item)


@cells("new")
async def test_new(name: str, by: str, scene: Open) -> None:
    """What comes is told."""
    on = await scene(SHAPES[name], "new", by)
    await on.begin()
    event = await on.after(on.life.appears)
    assert event.kind == EventKind.NEW
    assert event.why
    assert event.title == event.item.title


@cells("change")
async def test_change(name: str, by: str, scene: Open) -> None:
    """What a field becomes is told, and what it was."""
    on = await scene(SHAPES[name], "change", by)
    await on.begin()
    event = await on.after(on.life.changes)
    assert event.kind == EventKind.CHANGE
    (change,) = event.changes
    assert change.field == on.life.field
    assert change.before not in {None, change.after}
    told = {"title": event.item.title, **event.item.fields}
    assert change.after == told[change.field] is not None
    assert len(event.items) == 1


@cells("gone")
async def test_gone(name: str, by: str, scene: Open) -> None:
    """What goes is told once that is sure, as it was."""
    on = await scene(SHAPES[name], "gone", by)
    await on.begin()
    assert on.watch.listing
    stream = Stream(on.watch.call, on.watch.listing)
    there = await look(stream, StreamState(stream.name), on.post.site, on.post.ask, whole=True)
    event = await on.after(on.life.goes, looks=MOST_LOOKS)
    assert event.kind == EventKind.GONE
    for item in event.items:
        (before,) = [each for each in there.items if each.id == item.id]
        assert {**before.fields, "unread": ""} == {**item.fields, "unread": ""}


@cells("alert")
async def test_alert(name: str, by: str, scene: Open) -> None:
    """What begins to be so is told, and that it is over, of the same thing; then again."""
    on = await scene(SHAPES[name], "alert", by)
    await on.begin()
    raised = await on.after(on.life.raises)
    cleared = await on.after(on.life.clears, looks=MOST_LOOKS)
    again = await on.after(on.life.raises)
    assert [event.kind for event in (raised, cleared, again)] == [
        EventKind.RAISED,
        EventKind.CLEARED,
        EventKind.RAISED,
    ]
    assert len({thing(on, event.item) for event in (raised, cleared, again)}) == 1
    assert raised.why


@cells("report")
async def test_report(name: str, by: str, scene: Open) -> None:
    """All of the answer is told in its order, each time."""
    on = await scene(SHAPES[name], "report", by)
    (event,) = await on.look()
    (second,) = await on.look()
    on.check(event)
    assert event.kind == second.kind == EventKind.REPORT
    assert on.watch.listing
    # The newest stand on the last page of a thread, and come first here.
    last = {"page": "2"} if on.watch.listing.paging.oldest_first else {}
    params = tuple(sorted({**dict(on.watch.call.params), **last}.items()))
    answer = await on.post.ask(replace(on.watch.call, params=params))
    items = [*extract(on.watch.listing, answer.payload, on.post.site).items]
    items = items[::-1] if last else items
    assert [item.id for item in event.items] == [item.id for item in items][:MOST_REPORTED]
    assert len(event.text.splitlines()) >= min(len(items), LONGEST_TEXT)


async def test_a_page_is_reported_alone(scene: Open) -> None:
    """Who asks for a page is told what stands there, in its order."""
    name = "forum type=viewthread threadid=1"
    shape = SHAPES[name]
    paged = replace(shape.listing, example=f"{shape.listing.example} page=1")
    on = await scene(replace(shape, listing=paged), "report", "cookie")
    (event,) = await on.look()
    assert [item.id for item in event.items] == [str(number) for number in range(1, 26)]


@cells("call")
async def test_call(name: str, by: str, scene: Open) -> None:
    """The answer is handed to plugins, and nobody is told anything."""
    on = await scene(SHAPES[name], "call", by)
    assert await on.look() == []
    assert on.post.answers
    assert SHAPES[name].action.composed or [
        (answer.call.action, answer.call.params) for answer in on.post.answers
    ] == [(on.watch.call.action, on.watch.call.params)]


@pytest.mark.parametrize(
    ("name", "kind"),
    [(name, kind) for name, shape in SHAPES.items() for kind in KINDS.unfit(shape.listing)],
)
def test_what_cannot_be(name: str, kind: str, tmp_path: Path) -> None:
    """A config that asks for it is told why not, where it says so."""
    shape = SHAPES[name]
    text = written(shape.action.name, shape.listing.example, kind, LIVES[name])
    found = loaded(tmp_path, "https://a.example", text)
    assert found.config is None
    (problem,) = [each for each in found.problems if each.key == "watch.cell.kind"]
    assert problem.severity == "error"
    assert KINDS[kind].unfit(shape.listing) in problem.message


ONLY_CALLED = [
    name
    for name, action in ACTIONS.items()
    if not (action.listings or action.changes or action.state in {"broken", "absent"})
]


@pytest.mark.parametrize("name", ONLY_CALLED)
async def test_what_is_only_called(
    name: str, sim: Simulator, clock: HandClock, store: Store, tmp_path: Path
) -> None:
    """Answers that list nothing are handed to plugins; all else is an error that says so."""
    life, example = LIVES["browse"], ACTIONS[name].example
    for kind in KINDS.keys() - {"call"}:
        refused = loaded(tmp_path, sim.url, written(name, example, kind, life))
        assert refused.config is None
        assert any("lists nothing" in each.message for each in refused.problems)
    found = loaded(tmp_path, sim.url, written(name, example, "call", life))
    assert found.problems == []
    assert found.config
    (watch,) = found.config.watches.values()
    assert watch.listing is None
    async with open_post(sim, clock, store, LoginAuth("me", PASSWORDS["me"])) as post:
        assert await post.run(watch) == []
        assert [answer.call.key for answer in post.answers] == [watch.call.key]


def test_every_shape_has_a_life() -> None:
    """No cell is left out."""
    assert LIVES.keys() == SHAPES.keys()
