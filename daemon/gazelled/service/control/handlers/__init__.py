"""The control handlers: what the daemon does for people, by the name of the request."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any

from gazelled.service.app import App
from gazelled.service.control.handlers import (
    daemon,
    deliveries,
    events,
    explanations,
    plugins,
    target_checks,
    watches,
    web,
)
from gazelled.service.control.handlers.call import call
from gazelled.service.control.handlers.do import do
from gazelled.service.control.handlers.doctor import doctor
from gazelled.service.control.handlers.download import download
from gazelled.service.control.handlers.preview import preview
from gazelled.service.control.handlers.status import status
from gazelled.service.control.protocol import ControlRequest, name_of

Handler = Callable[[App, Any], AsyncGenerator[Any, None]]

HANDLERS: Mapping[str, Handler] = {
    "call": call,
    "deliveries": deliveries.deliveries,
    "deliveries.drop": deliveries.drop,
    "deliveries.retry": deliveries.retry,
    "do": do,
    "doctor": doctor,
    "download": download,
    "events": events.events,
    "log": daemon.log_lines,
    "plugin.enable": plugins.plugin_enable,
    "plugin.forget": plugins.plugin_forget,
    "plugin.store": plugins.plugin_store,
    "plugins": plugins.plugins,
    "preview": preview,
    "reload": daemon.reload,
    "replay": explanations.replay,
    "resume": daemon.resume,
    "state.backup": daemon.back_up,
    "status": status,
    "stop": daemon.stop,
    "tail": events.tail,
    "target.check": target_checks.check_target,
    "target.test": daemon.test_target,
    "try": explanations.try_rule,
    "watch.forget": watches.forget,
    "watch.pause": watches.pause,
    "watch.resume": watches.resume,
    "watch.run": watches.run,
    "watch.told": watches.told,
    "web.revoke": web.revoke,
    "web.token": web.make_token,
    "why": explanations.why,
}
"""Every handler, by name; the names are those of `protocol.REQUESTS`."""


def handle(app: App, request: ControlRequest[Any]) -> AsyncGenerator[Any, None]:
    """Return the messages that a request's handler yields."""
    return HANDLERS[name_of(request)](app, request)
