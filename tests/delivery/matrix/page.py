"""
Writes docs/channels.md from the table, with messages as receivers got them.

    python -m tests.delivery.matrix.page > docs/channels.md
"""

# ruff: noqa: E501 - lines of the page

from __future__ import annotations

import asyncio
import json
import re
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import structlog
from tests.delivery.matrix.rig import TARGET, Setup, opened
from tests.delivery.matrix.table import CHANNELS, SITUATIONS, Channel

from gazelled.plugin import Event, EventKind, sample_events

_HEAD = """\
# Channels

What each way to deliver promises, and what arrives whatever happens. `tests/delivery/matrix` tests each cell with
the plugin, the deliverer and a receiver on this machine, and this page is made from its table:

```sh
python -m tests.delivery.matrix.page > docs/channels.md
```

## Promises

Every channel delivers each event at least once, or says that it is given up. *Exactly once* means that a receiver
has each message once, whatever happens to it, to gazelled and to the connection. For others, a message comes again when
nobody can know whether it arrived: with the same key, where the channel has a place for one.

Messages come in the order of the events. One that fails three times for a reason of its own steps aside, so that those
behind it come first; while the target itself fails, all wait. What is longer than the limit of a service is shortened,
with a link; where there is no limit, all of it arrives. Text of others is escaped, so that a title is never markup, and
mentions nobody.

"""

_COLUMNS = ("channel", "promise", "key", "limit", "escaped for", "after three failures")

_ARRIVALS = """
## What arrives

How often the first of two messages arrives; the one behind it arrives once in each case. 0 is a message that was refused
for good, which is reported. Messages that arrive twice have the same key where the channel has one.

- *hangs*: it takes the message and never answers. *drips*: it answers one character at a time, without end. *dies*: it
  takes the message and closes the connection. For a file, the disk hangs or fails when it is to keep what was written.
- *answers late*: after the time that a target may take; a disk, the answer of a web server that drips until then, or a
  mail server that confirms late.
- *killed*: gazelled is killed (SIGKILL) before the attempt, while the receiver has the message and has not answered,
  or when it has answered.

"""

_MESSAGES = """
## Messages

The sample of kind `new`, as it arrives.
"""


def document() -> str:
    """Return the page."""
    lines = [_HEAD + _row(*_COLUMNS), _rule(len(_COLUMNS))]
    for name, channel in CHANNELS.items():
        promise = "exactly once" if channel.once else "at least once"
        lines.append(_row(name, promise, channel.key, channel.limit, channel.form, _order(channel)))
    lines += [_ARRIVALS + _row("", *SITUATIONS.values()), _rule(1 + len(SITUATIONS))]
    for name, channel in CHANNELS.items():
        cells = ("" if times is None else str(times) for times in channel.arrivals.values())
        lines.append(_row(name, *cells))
    lines.append(_MESSAGES)
    sample = next(event for event in sample_events() if event.kind is EventKind.NEW)
    for name, channel in CHANNELS.items():
        if channel.plugin == "torrents":
            continue
        [text] = asyncio.run(received(channel, [sample]))
        lines += [f"### {name}\n", "```text", _shown(text), "```\n"]
    return "\n".join(lines).rstrip() + "\n"


async def received(channel: Channel, events: Sequence[Event]) -> list[str]:
    """Deliver events, and return the texts that arrived."""
    with tempfile.TemporaryDirectory() as folder:
        setup = Setup(folder, channel.plugin)
        receiver = channel.receiver(setup, None)
        with receiver.receiving() as more:
            async with opened(replace(setup, **more)) as rig:
                for event in events:
                    await rig.store.outbox.add(event, [TARGET])
                await rig.finish()
            return await asyncio.to_thread(receiver.all_texts)


def _shown(text: str) -> str:
    """Return a message for people: JSON in several lines, and no time at which it was sent."""
    text = text.replace("\r\n", "\n")
    if text.startswith("{"):
        content = json.loads(text)
        content.pop("recorded", None)
        text = json.dumps(content, indent=2, ensure_ascii=False)
    return re.sub(r"(?m)[ \t]+$", "", text.strip())


def _order(channel: Channel) -> str:
    orders = {True: "the next one comes first", False: "all wait", None: ""}
    return orders[channel.steps_aside]


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _rule(number: int) -> str:
    return "|" + "---|" * number


def main() -> None:
    """Print the page."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    Path("/dev/stdout").write_text(document(), encoding="utf-8")


if __name__ == "__main__":
    main()
