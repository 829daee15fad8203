"""
Search the tracker, any number of pages, and print the torrents as CSV.

    python search.py yeast --tags dna --newest 200 > yeast.csv
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gazelled.errors import GazelledError
from gazelled.tracker import connect, read_credentials

KEPT = Path.home() / ".local" / "state" / "gazelled-scripts"

PATIENCE = 900
"""Seconds to wait for a page: one takes 12 at BioTorrents.de, an outage has no end."""

HEAD = ("time", "torrent", "title", "format", "licence", "size", "seeders", "page")


async def search(options: argparse.Namespace) -> None:
    """Print a line for each torrent, the newest first, as the pages come."""
    auth = read_credentials(options.credentials)
    async with connect(options.url, auth, profile=options.profile, folder=options.folder) as api:
        pages = api.browse.items(
            searchstr=options.words, taglist=options.tags, newest=options.newest, until=options.days
        )
        table = csv.writer(sys.stdout)
        table.writerow(HEAD)
        time = asyncio.get_running_loop().time
        async with asyncio.timeout(PATIENCE) as limit:
            async for group in pages:
                limit.reschedule(time() + PATIENCE)
                for torrent in group.torrents or ():
                    page = f"torrents.php?id={group.group_id}&torrentid={torrent.torrent_id}"
                    what = (torrent.time, torrent.torrent_id, group.group_name, torrent.format)
                    more = (torrent.license, torrent.size, torrent.seeders, api.site.page(page))
                    table.writerow(what + more)
                sys.stdout.flush()
    if pages.cut:
        print("The tracker lists no more: narrow the search to see the rest.", file=sys.stderr)


def time_before(days: str) -> datetime:
    """Return the time so many days ago."""
    return datetime.now(UTC) - timedelta(days=max(min(float(days), 36_500), 0))


def main() -> None:
    """Read the options; say in a sentence what went wrong."""
    shown = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=shown)
    parser.add_argument("words", nargs="?", default="")
    parser.add_argument("--tags", default="", help="tags, separated by commas")
    parser.add_argument("--newest", type=int, default=100, help="how many torrents (%(default)s)")
    parser.add_argument("--days", type=time_before, help="only uploads of the last DAYS days")
    parser.add_argument("--credentials", type=Path, help='a TOML file, such as: token = "…"')
    parser.add_argument("--url", default="https://biotorrents.de")
    parser.add_argument("--profile", help="the kind of site, if not known by its host")
    parser.add_argument("--folder", type=Path, default=KEPT, help="of this account (%(default)s)")
    try:
        asyncio.run(search(parser.parse_args()))
    except GazelledError as problem:
        sys.exit(str(problem))
    except KeyboardInterrupt:
        sys.exit(130)
    except TimeoutError:
        sys.exit(f"The tracker has not answered for {PATIENCE // 60} minutes: try again later.")
    except BrokenPipeError:  # such as by `| head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
