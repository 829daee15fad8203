"""One CSV row for each event."""
import asyncio, csv
from pathlib import Path
from gazelled.plugin import Delivery, PluginConfig, RetryLater, target

class Options(PluginConfig):
    path: Path

@target(Options)
async def lab_sheet(delivery: Delivery, options: Options) -> None:
    """Append a row, unless it is a test or a first look. Returning means delivered."""
    if delivery.is_test or delivery.event.kind == "first-look":
        return
    item = delivery.event.item
    row = [delivery.key, item.title, item.fields.get("license"), item.url]
    try:
        await asyncio.to_thread(append, options.path, row)
    except OSError as error:
        raise RetryLater(str(error)) from error

def append(path: Path, row: list[str | None]) -> None:
    """Write the row unless an earlier attempt did."""
    with path.open("a+", newline="") as file:
        file.seek(0)
        if all(old[:1] != row[:1] for old in csv.reader(file)):
            csv.writer(file).writerow(row)
