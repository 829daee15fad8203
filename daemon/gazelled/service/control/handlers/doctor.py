"""The control handler of the doctor."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from gazelled.service.app import App
from gazelled.service.control.codec import redacted
from gazelled.service.control.doctor_replies import DoctorFinding, DoctorReply, DoctorResult
from gazelled.service.control.handlers import machine_checks, target_checks
from gazelled.service.control.protocol import (
    CallProgress,
    DoctorRequest,
)
from gazelled.tracker.doctor.examination import Doctor


async def doctor(
    app: App, request: DoctorRequest
) -> AsyncGenerator[CallProgress | DoctorReply, None]:
    """Find out what works at the tracker, at the machine, at targets, and by plugins."""
    await app.dispatcher.session.claim()
    profile = app.config.tracker.profile
    profiles = {profile.name: profile, **app.config.profiles}
    yield CallProgress(round(app.dispatcher.wait(), 1))
    examined = Doctor(
        app.dispatcher, app.clock, profile=profile, profiles=profiles, brief=request.brief
    )
    report = await examined.examine()
    if taken := app.dispatcher.session.taken:  # as the answer to `index` has shown
        raise taken
    beside = () if request.brief else machine_checks.find(app) + await target_checks.find(app)
    findings = tuple(
        DoctorFinding(finding.about, finding.rating.value, finding.text, finding.advice)
        for finding in report.findings
    )
    well = report.well and all(finding.mark != "bad" for finding in beside)
    result = DoctorResult(well, report.requests, findings + beside, dict(report.settings))
    yield DoctorReply(redacted(result, app.redactor.scrub_data))
