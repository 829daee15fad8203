"""
Print your own uploads that have few seeders, the fewest first.

    python few_seeders.py --below 3
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from gazelled.errors import GazelledError
from gazelled.tracker import connect, read_credentials

KEPT = Path.home() / ".local" / "state" / "gazelled-scripts"


async def report(options: argparse.Namespace) -> None:
    """Ask for your uploads; who uploaded what is learnt once, and kept in the folder."""
    auth = read_credentials(options.credentials)
    async with connect(options.url, auth, profile=options.profile, folder=options.folder) as api:
        mine = await api.my_uploads(learn=options.learn)
        few = [own for own in mine.uploads if (own.torrent.seeders or 0) < options.below]
        for own in sorted(few, key=lambda own: own.torrent.seeders or 0):
            page = f"torrents.php?id={own.group.id}&torrentid={own.torrent.id}"
            print(own.torrent.seeders or 0, own.group.name, api.site.page(page), sep="\t")
    if mine.remaining:
        text = f"{mine.remaining} torrents of the site are not checked yet: run this again."
        print(text, file=sys.stderr)


def main() -> None:
    """Read the options; say in a sentence what went wrong."""
    shown = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=shown)
    parser.add_argument("--below", type=int, default=2, help="a number of seeders (%(default)s)")
    parser.add_argument("--learn", type=int, default=50, help="requests, at most (%(default)s)")
    parser.add_argument("--credentials", type=Path, help='a TOML file, such as: token = "…"')
    parser.add_argument("--url", default="https://biotorrents.de")
    parser.add_argument("--profile", help="the kind of site, if not known by its host")
    parser.add_argument("--folder", type=Path, default=KEPT, help="of this account (%(default)s)")
    try:
        asyncio.run(report(parser.parse_args()))
    except (GazelledError, OSError) as problem:
        sys.exit(str(problem))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
