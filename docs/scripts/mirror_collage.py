"""
Download the .torrent files of a collage that are not in a folder yet.

    python mirror_collage.py 7 torrents/ --credentials login.toml    # a token can't download
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

from gazelled.errors import GazelledError
from gazelled.tracker import Api, RequestRefused, connect, read_credentials

KEPT = Path.home() / ".local" / "state" / "gazelled-scripts"


async def mirror(options: argparse.Namespace) -> None:
    """Fetch what is missing; a file is complete or not there."""
    options.to.mkdir(parents=True, exist_ok=True)
    auth = read_credentials(options.credentials)
    async with connect(options.url, auth, profile=options.profile, folder=options.folder) as api:
        collage = await api.collage(id=options.collage)
        missing = 0
        for number in collage.torrent_group_id_list:
            try:
                await mirror_group(api, number, options.to)
            except RequestRefused as problem:  # such as the limit of a day, or a deleted data set
                print(f"data set {number}: {problem}", file=sys.stderr)
                missing += 1
    if missing:
        sys.exit(f"{missing} data sets are not complete: run this again later.")


async def mirror_group(api: Api, number: int, folder: Path) -> None:
    """Fetch the files of a data set."""
    for torrent in (await api.torrentgroup(id=number)).torrents:
        file = folder / f"{torrent.id}.torrent"
        if file.exists():
            continue
        download = await api.download(torrent.id, infohash=torrent.info_hash)
        whole = file.with_suffix(".part")
        whole.touch(mode=0o600)  # the file contains your passkey
        whole.write_bytes(download.data)
        whole.rename(file)
        print(file)


def main() -> None:
    """Read the options; say in a sentence what went wrong."""
    shown = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=shown)
    parser.add_argument("collage", type=int)
    parser.add_argument("to", type=Path, metavar="FOLDER")
    parser.add_argument("--credentials", type=Path, help='a TOML file, such as: token = "…"')
    parser.add_argument("--url", default="https://biotorrents.de")
    parser.add_argument("--profile", help="the kind of site, if not known by its host")
    parser.add_argument("--folder", type=Path, default=KEPT, help="of this account (%(default)s)")
    try:
        asyncio.run(mirror(parser.parse_args()))
    except (GazelledError, OSError) as problem:
        sys.exit(str(problem))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
