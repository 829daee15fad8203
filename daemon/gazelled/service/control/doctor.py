"""The control handler of the doctor."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping

from gazelled.service.app import App
from gazelled.tracker.doctor.examination import Doctor
from gazelled.tracker.sites.profiles import PROFILES


async def doctor(
    app: App, given: Mapping[str, object]
) -> AsyncGenerator[Mapping[str, object], None]:
    """Find out what works at the tracker."""
    del given
    await app.ownership.claim()
    profile = app.config.tracker.profile
    profiles = {profile.name: profile, **PROFILES}
    yield {"expected": round(app.dispatcher.wait(), 1)}
    examined = Doctor(app.dispatcher, app.clock, profile=profile, profiles=profiles)
    report = await examined.examine()
    if app.ownership.problem:  # as index has told
        raise app.ownership.problem
    found = {
        "well": report.well,
        "requests": report.requests,
        "findings": [
            {
                "about": finding.about,
                "mark": finding.mark.value,
                "text": finding.text,
                "advice": finding.advice,
            }
            for finding in report.findings
        ],
        "settings": dict(report.settings),
    }
    yield {"report": app.redactor.scrub_data(found)}
