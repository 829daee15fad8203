"""The control handler of previews: a message as a target would send it."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from gazelled.errors import ConfigError, GazelledError
from gazelled.explain.preview import event_to_preview
from gazelled.model import Delivery
from gazelled.service.app import App
from gazelled.service.control.event_replies import PreviewReply
from gazelled.service.control.handlers.explanations import explain_context
from gazelled.service.control.protocol import PreviewRequest
from gazelled.text import missing


async def preview(app: App, request: PreviewRequest) -> AsyncGenerator[PreviewReply, None]:
    """
    Return a message as a target would send it.

    Raises:
        ConfigError: If there is no such watch or target.
        GazelledError: If the plugin is left out, or its preview fails.

    """
    context, target = explain_context(app), request.target
    watch = context.watch(request.watch)
    if target not in app.config.targets:
        raise ConfigError(missing("target", target, app.config.targets))
    destination = app.destinations.get(target)
    if destination is None:
        raise GazelledError(f"the plugin of {target} is left out; see gazelled check")
    event, is_sample = await event_to_preview(
        context, watch, request.kind, request.item, sample=request.sample
    )
    text = await app.bus.targets.preview(
        destination.plugin, Delivery(event, target), destination.options, destination.context
    )
    yield PreviewReply(
        target,
        destination.plugin,
        event.key,
        event.kind.value,
        event.at,
        is_sample,
        target in watch.tell,
        app.redactor.scrub(text),
    )
