"""
Append a line with the statistics of your account and of the site to a CSV file.

    python account_csv.py statistics.csv    # once a day, from cron
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import sys
from datetime import UTC, datetime
from pathlib import Path

from gazelled.errors import GazelledError
from gazelled.tracker import connect, read_credentials

KEPT = Path.home() / ".local" / "state" / "gazelled-scripts"


async def statistics(options: argparse.Namespace) -> None:
    """Ask for both, and append them to the file; the head is written when it is new."""
    auth = read_credentials(options.credentials)
    async with connect(options.url, auth, profile=options.profile, folder=options.folder) as api:
        account, site = await api.account(), await api.stats()
    line = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "uploaded": account.uploaded,
        "downloaded": account.downloaded,
        "ratio": account.ratio,
        "messages": account.messages,
        "site_torrents": site.torrent_count,
        "site_users": site.enabled_users,
        "site_seeders": site.seeder_count,
    }
    with options.file.open("a", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, [*line])
        if not file.tell():
            table.writeheader()
        table.writerow(line)


def main() -> None:
    """Read the options; say in a sentence what went wrong."""
    shown = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=shown)
    parser.add_argument("file", type=Path)
    parser.add_argument("--credentials", type=Path, help='a TOML file, such as: token = "…"')
    parser.add_argument("--url", default="https://biotorrents.de")
    parser.add_argument("--profile", help="the kind of site, if not known by its host")
    parser.add_argument("--folder", type=Path, default=KEPT, help="of this account (%(default)s)")
    try:
        asyncio.run(statistics(parser.parse_args()))
    except (GazelledError, OSError) as problem:
        sys.exit(str(problem))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
