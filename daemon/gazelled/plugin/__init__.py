"""
The public API for plugins; a plugin imports nothing else of gazelled.

A target, somewhere that events are delivered to, is one function:

    class Options(PluginConfig):
        path: Path

    @target(Options)
    async def lab_sheet(delivery: Delivery, options: Options) -> None: ...

Returning means delivered. `RetryLater` requests another attempt, `TargetFault` too, for all that
waits for the target, `GiveUp` none. `target` uses
ordinary pluggy hooks (`gazelled.hooks.spec`), which a module can also implement itself with
`hookimpl`: docs/plugins.md describes each.
"""

from __future__ import annotations

from pydantic import SecretStr

from gazelled.errors import GiveUp, RetryLater, TargetFault, TrackerError
from gazelled.fields import (
    AGE,
    COUNT,
    FILES,
    FLAG,
    NUMBER,
    SIZE,
    TAGS,
    TEXT,
    TEXTS,
    TIME,
    WORDS,
    FieldType,
)
from gazelled.markup import plain_text
from gazelled.model import Answer, Call, Change, Delivery, Event, EventKind, Item, Value
from gazelled.plugin.action_specs import (
    ActionSpec,
    FieldSpec,
    ListSpec,
    PagingSpec,
    ParameterSpec,
)
from gazelled.plugin.api_version import API_VERSION
from gazelled.plugin.hook_objects import (
    CheckFinding,
    ConfigChange,
    DeliveryDone,
    DeliveryFailure,
    ItemDecision,
    ItemsFound,
    Note,
    RequestFailure,
    StoredEvent,
    TableChanges,
    TrackerChange,
    Veto,
)
from gazelled.plugin.json_events import event_json
from gazelled.plugin.monitoring_objects import HealthFinding, Metric
from gazelled.plugin.notifying import Notify
from gazelled.plugin.option_faults import OptionFault, OptionFaults
from gazelled.plugin.plugin_config import PluginConfig
from gazelled.plugin.plugin_context import (
    Ask,
    Json,
    PluginClock,
    PluginContext,
    PluginStore,
    PluginStoreFullError,
    PluginTracker,
    PluginWrite,
    Schedule,
    SendNotice,
    SiteFacts,
    Spawn,
    ToThread,
)
from gazelled.plugin.registers import (
    ComputeField,
    DoctorCheck,
    RegisterAction,
    RegisterCheck,
    RegisterCommand,
    RegisterField,
    RegisterFilter,
    RegisterFunction,
    RegisterKind,
    RegisterOptions,
    RegisterRoute,
    RegisterSite,
    RegisterSource,
    RegisterTarget,
)
from gazelled.plugin.samples import sample_events
from gazelled.plugin.site_specs import SiteSpec
from gazelled.plugin.target_context import Context, InThread, RecordParts, WebFile, WebHandler
from gazelled.plugin.target_function import hookimpl, target
from gazelled.plugin.template_links import Link
from gazelled.plugin.torrent_file import Fetch, TorrentFile
from gazelled.plugin.web_routes import RouteFunction, RouteRequest
from gazelled.redact import hide_keys, public_url
from gazelled.regular_file import read_regular, sync_folder, write_whole
from gazelled.units import human_size, parse_duration, parse_size

__all__ = [
    "AGE",
    "API_VERSION",
    "COUNT",
    "FILES",
    "FLAG",
    "NUMBER",
    "SIZE",
    "TAGS",
    "TEXT",
    "TEXTS",
    "TIME",
    "WORDS",
    "ActionSpec",
    "Answer",
    "Ask",
    "Call",
    "Change",
    "CheckFinding",
    "ComputeField",
    "ConfigChange",
    "Context",
    "Delivery",
    "DeliveryDone",
    "DeliveryFailure",
    "DoctorCheck",
    "Event",
    "EventKind",
    "Fetch",
    "FieldSpec",
    "FieldType",
    "GiveUp",
    "HealthFinding",
    "InThread",
    "Item",
    "ItemDecision",
    "ItemsFound",
    "Json",
    "Link",
    "ListSpec",
    "Metric",
    "Note",
    "Notify",
    "OptionFault",
    "OptionFaults",
    "PagingSpec",
    "ParameterSpec",
    "PluginClock",
    "PluginConfig",
    "PluginContext",
    "PluginStore",
    "PluginStoreFullError",
    "PluginTracker",
    "PluginWrite",
    "RecordParts",
    "RegisterAction",
    "RegisterCheck",
    "RegisterCommand",
    "RegisterField",
    "RegisterFilter",
    "RegisterFunction",
    "RegisterKind",
    "RegisterOptions",
    "RegisterRoute",
    "RegisterSite",
    "RegisterSource",
    "RegisterTarget",
    "RequestFailure",
    "RetryLater",
    "RouteFunction",
    "RouteRequest",
    "Schedule",
    "SecretStr",
    "SendNotice",
    "SiteFacts",
    "SiteSpec",
    "Spawn",
    "StoredEvent",
    "TableChanges",
    "TargetFault",
    "ToThread",
    "TorrentFile",
    "TrackerChange",
    "TrackerError",
    "Value",
    "Veto",
    "WebFile",
    "WebHandler",
    "event_json",
    "hide_keys",
    "hookimpl",
    "human_size",
    "parse_duration",
    "parse_size",
    "plain_text",
    "public_url",
    "read_regular",
    "sample_events",
    "sync_folder",
    "target",
    "write_whole",
]
