"""What is remembered of plugins themselves: when their jobs ran; and how all of it is forgotten."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from gazelled.store.codec import from_number
from gazelled.store.outbox import mark_run
from gazelled.store.part import StorePart, reads, writes
from gazelled.store.records import PLUGIN_JOBS

_TABLES = ("plugin_value", "enrichment", "verdict")


class PluginRecords(StorePart):
    """The records of plugins, by name."""

    @writes
    def mark_job(self, plugin: str, job: str, at: datetime) -> None:
        """Write when a job of a plugin ran."""
        mark_run(self._db, f"{PLUGIN_JOBS}{plugin}:{job}", at)

    @reads
    def job_runs(self) -> Mapping[tuple[str, str], datetime]:
        """Return when the jobs of plugins ran last, by plugin and job."""
        rows = self._db.execute("SELECT job, at FROM run WHERE job GLOB ?", (f"{PLUGIN_JOBS}*",))
        names = {job.removeprefix(PLUGIN_JOBS): from_number(at) for job, at in rows}
        return {(name.partition(":")[0], name.partition(":")[2]): at for name, at in names.items()}

    @writes
    def forget(self, plugin: str) -> int:
        """Delete all that a plugin keeps, gave and said; return how many rows that were."""
        jobs = f"{PLUGIN_JOBS}{plugin}:"
        query = "DELETE FROM run WHERE substr(job, 1, ?) = ?"
        return self._db.execute(query, (len(jobs), jobs)).rowcount + sum(
            self._db.execute(f"DELETE FROM {table} WHERE plugin = ?", (plugin,)).rowcount  # noqa: S608 - ours
            for table in _TABLES
        )
