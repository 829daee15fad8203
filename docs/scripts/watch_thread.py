"""
Print the new posts of a forum thread as they appear. Nothing is marked as read.

    python watch_thread.py 42 --every 30    # minutes, until Ctrl-C
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from gazelled.errors import GazelledError
from gazelled.tracker import Api, TrackerUnavailable, connect, read_credentials

KEPT = Path.home() / ".local" / "state" / "gazelled-scripts"

PATIENCE = 900
"""Seconds to wait for the pages of a look: one takes 12 at BioTorrents.de."""


async def watch(options: argparse.Namespace) -> None:
    """Look again and again; an outage is reported, and looked over."""
    seen = options.after
    auth = read_credentials(options.credentials)
    async with connect(options.url, auth, profile=options.profile, folder=options.folder) as api:
        for look in range(options.looks or sys.maxsize):
            if look:
                await asyncio.sleep(options.every * 60)
            try:
                async with asyncio.timeout(PATIENCE):
                    seen = await print_new(api, options.thread, seen)
            except TrackerUnavailable as problem:
                print(problem, file=sys.stderr)
            except TimeoutError:
                print(f"No answer within {PATIENCE // 60} minutes.", file=sys.stderr)


async def print_new(api: Api, thread: int, seen: int | None) -> int | None:
    """Print the posts after the one that was seen last, the oldest first; return the last."""
    newest = 1 if seen is None else None
    posts = api.forum_viewthread.items(threadid=thread, until_id=seen or 0, newest=newest or 1000)
    new = [post async for post in posts if post.post_id != seen]
    for post in reversed(new):
        seen = post.post_id
        author = post.author.author_name
        print(f"{post.added_time:%Y-%m-%d %H:%M} {author}:\n{post.bb_body}\n", flush=True)
    return seen


def main() -> None:
    """Read the options; say in a sentence what went wrong."""
    shown = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=shown)
    parser.add_argument("thread", type=int)
    parser.add_argument("--every", type=float, default=30, help="minutes (%(default)s)")
    parser.add_argument("--after", type=int, help="the number of the last post that you have seen")
    parser.add_argument("--looks", type=int, help="stop after so many requests")
    parser.add_argument("--credentials", type=Path, help='a TOML file, such as: token = "…"')
    parser.add_argument("--url", default="https://biotorrents.de")
    parser.add_argument("--profile", help="the kind of site, if not known by its host")
    parser.add_argument("--folder", type=Path, default=KEPT, help="of this account (%(default)s)")
    try:
        asyncio.run(watch(parser.parse_args()))
    except (GazelledError, OSError) as problem:
        sys.exit(str(problem))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
