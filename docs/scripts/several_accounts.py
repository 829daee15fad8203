"""
Print the amounts and unread messages of several accounts, requested at the same time.

    python several_accounts.py mine.toml lab.toml
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from gazelled.errors import GazelledError
from gazelled.tracker import Account, connect, read_credentials

KEPT = Path.home() / ".local" / "state" / "gazelled-scripts"


async def ask(file: Path, options: argparse.Namespace) -> Account:
    """Return the account of a file with credentials; each has a limit and a folder of its own."""
    folder = options.folder / file.stem
    async with connect(
        options.url, read_credentials(file), profile=options.profile, folder=folder
    ) as api:
        return await api.account()


async def show(options: argparse.Namespace) -> None:
    """Print a line for each account; one that fails keeps no other from its line."""
    asked = [ask(file, options) for file in options.files]
    failed = 0
    for file, account in zip(
        options.files, await asyncio.gather(*asked, return_exceptions=True), strict=True
    ):
        if isinstance(account, Account):
            amounts = (account.username, account.uploaded, account.downloaded, account.messages)
            print(file.stem, *amounts, sep="\t")
        elif isinstance(account, GazelledError):
            print(f"{file}: {account}", file=sys.stderr)
            failed += 1
        else:
            raise account
    if failed:
        sys.exit(1)


def main() -> None:
    """Read the options; say in a sentence what went wrong."""
    shown = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=shown)
    parser.add_argument("files", type=Path, nargs="+", help="TOML files with credentials")
    parser.add_argument("--url", default="https://biotorrents.de")
    parser.add_argument("--profile", help="the kind of site, if not known by its host")
    parser.add_argument("--folder", type=Path, default=KEPT, help="for the session (%(default)s)")
    options = parser.parse_args()
    if len({file.stem for file in options.files}) < len(options.files):
        parser.error("the files must have different names: each has a folder by its name")
    try:
        asyncio.run(show(options))
    except (GazelledError, OSError) as problem:
        sys.exit(str(problem))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
