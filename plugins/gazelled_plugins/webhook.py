"""
Each event as a POST to an address of the user's.

    [target.hook]
    plugin = "webhook"
    url = "https://lab.example.org/gazelled"       # or { secret = "hook-url" }
    sign = { secret = "hook" }                     # whsec_…
    # headers.Authorization = { secret = "hook-auth" }

The body is the event as JSON, or what a template writes. It is signed as the Standard Webhooks
specification says, and `webhook-id` is the same at every attempt.
"""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from binascii import Error as Base64Error
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import SplitResult, quote_plus, urlsplit

from pydantic import BeforeValidator, Field, SecretStr, field_validator

from gazelled.plugin import (
    Context,
    Delivery,
    EventKind,
    OptionFault,
    OptionFaults,
    PluginConfig,
    RetryLater,
    hide_keys,
    target,
)
from gazelled_plugins.event_json import delivery_json, json_line
from gazelled_plugins.extras import require
from gazelled_plugins.messages import (
    HTML,
    JSON,
    PLAIN,
    SAMPLE_CONTEXT,
    Format,
    Templates,
    all_harmless,
    check_with_samples,
    from_templates,
)
from gazelled_plugins.outcomes import from_error, from_status
from gazelled_plugins.secret_values import check_named, plain, plain_values

_PREFIX = "whsec_"
_KEY_SIZES = range(24, 65)
"""What a secret may hold in bytes, by the specification."""

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
_OWN_HEADERS = {"connection", "content-length", "content-type", "host", "transfer-encoding"}
_FORM = Format("form", quote_plus)
_FORMATS = {"text/html": HTML, "application/x-www-form-urlencoded": _FORM}


def _listed(value: object) -> object:
    """Return a list, also of a single secret."""
    return value if isinstance(value, list | tuple) else (value,)


class Options(PluginConfig):
    """
    What `[target.NAME]` may hold.

    Attributes:
        url: The address.
        sign: The secrets with which it is signed: one, or several while they are rotated.
        headers: Further headers.
        content_type: The type of the body.
        templates: The user's bodies instead of the event as JSON.

    """

    url: str | SecretStr
    sign: Annotated[
        tuple[str | SecretStr, ...],
        BeforeValidator(_listed, json_schema_input_type=str | SecretStr | list[str | SecretStr]),
    ] = ()
    headers: dict[str, str | SecretStr] = Field(default_factory=dict)
    content_type: str = "application/json"
    templates: Templates = Templates()

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str | SecretStr) -> str | SecretStr:
        text = plain(url)
        try:
            parts = urlsplit(text)
            is_address = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
        except ValueError:
            is_address = False
        if not is_address or not text.isprintable() or " " in text:
            raise ValueError('expected an address, like "https://lab.example.org/gazelled"')
        if "@" in urlsplit(text).netloc:
            raise ValueError("do not put the password in the address; use headers.Authorization")
        if isinstance(url, str) and hide_keys(url) != url:
            raise ValueError(
                "do not put the key in this file; write the address to the file secrets/hook-url "
                'beside the config, and here url = { secret = "hook-url" }'
            )
        return url

    @field_validator("sign")
    @classmethod
    def _are_secrets(cls, secrets: tuple[str | SecretStr, ...]) -> tuple[str | SecretStr, ...]:
        if secrets:
            require("webhook", "standardwebhooks")
        for secret in secrets:
            if isinstance(secret, str):
                raise ValueError(  # noqa: TRY004 - pydantic takes no other
                    "do not put the secret in this file; write it to the file secrets/hook beside "
                    'the config, and here sign = { secret = "hook" }'
                )
            text = plain(secret)
            key = text.removeprefix(_PREFIX).rstrip("=")
            try:
                size = len(base64.b64decode(key + "=" * (-len(key) % 4), validate=True))
            except (Base64Error, ValueError):
                size = 0
            if not text.startswith(_PREFIX) or size not in _KEY_SIZES:
                raise ValueError(
                    "expected whsec_ and 24 to 64 bytes in Base64, such as the output of: "
                    'echo "whsec_$(openssl rand -base64 32)"'
                )
        return secrets

    @field_validator("headers")
    @classmethod
    def _are_headers(cls, headers: dict[str, str | SecretStr]) -> dict[str, str | SecretStr]:
        check_named(headers)
        for name, value in headers.items():
            if not _TOKEN.fullmatch(name):
                raise ValueError("expected names of headers, such as Authorization")
            if name.lower() == "content-type":
                raise ValueError("write content_type instead of a header Content-Type")
            if name.lower() in _OWN_HEADERS or name.lower().startswith("webhook-"):
                raise ValueError(f"gazelled sets the header {name} itself")
            if not plain(value).isprintable():
                raise ValueError(f"the value of {name} must be one line")
        return headers

    @field_validator("content_type")
    @classmethod
    def _is_a_type(cls, text: str) -> str:
        if not re.fullmatch(r"[\w.+-]+/[\w.+-]+(?:; ?[\w-]+=[\w.-]+)*", text, re.ASCII):
            raise ValueError('expected a content type, like "text/plain; charset=utf-8"')
        if "charset=" in text.lower() and not text.lower().endswith("charset=utf-8"):
            raise ValueError("bodies are sent in UTF-8: write charset=utf-8")
        return text

    @field_validator("templates")
    @classmethod
    def _has_bodies_only(cls, templates: Templates) -> Templates:
        parts = {
            part
            for wording in (templates, *map(templates.own, EventKind))
            for part, _ in wording.sources()
        }
        if parts - {"body"}:
            raise ValueError("a webhook has no title and no html: write templates.body")
        return templates

    def check_thoroughly(self) -> None:
        """Try the templates with a sample of every kind of event."""
        events, filters = self.sample_events(), self.template_filters
        check_with_samples(self.templates, self.form, filters=filters, events=events, strict=True)
        context = replace(SAMPLE_CONTEXT, template_filters=self.template_filters)
        for event in events:
            try:
                content(Delivery(event, context.target), self, context)
            except RetryLater as error:
                key = self.templates.key(event.kind, "body")
                raise OptionFaults(OptionFault(key, str(error))) from None

    @property
    def form(self) -> Format:
        """How templates write the texts of others."""
        name = self.content_type.partition(";")[0].lower()
        if name.endswith(("/json", "+json")):
            return JSON
        return HTML if name.endswith(("/xml", "+xml")) else _FORMATS.get(name, PLAIN)

    @property
    def address(self) -> SplitResult:
        """The parts of the address."""
        return urlsplit(plain(self.url))

    @property
    def is_readable_on_the_way(self) -> bool:
        """Whether others in the network can read secrets that it holds."""
        host = self.address.hostname or ""
        try:
            is_here = ipaddress.ip_address(host).is_loopback
        except ValueError:
            is_here = host == "localhost" or host.endswith(".localhost")
        has_secrets = any(
            not isinstance(value, str) for value in (self.url, *self.headers.values())
        )
        return self.address.scheme == "http" and not is_here and has_secrets


async def prepare(options: Options, context: Context) -> None:
    """Warn of secrets that the network can read."""
    if options.is_readable_on_the_way:
        context.log.warning("webhook.exposed", host=options.address.hostname)


async def preview(delivery: Delivery, options: Options, context: Context) -> str:
    """Return the request, with none of the secrets."""
    parts, url = options.address, options.url
    shown = url if isinstance(url, str) else f"{parts.scheme}://{parts.netloc}/…"
    hidden = [name for name, value in options.headers.items() if not isinstance(value, str)]
    hidden += ["webhook-signature"] if options.sign else []
    head = headers(delivery, options, b"", datetime.now(UTC)) | dict.fromkeys(hidden, "…")
    lines = [f"POST {shown}", *(f"{name}: {value}" for name, value in head.items()), ""]
    return "\n".join([*lines, content(delivery, options, context).decode()])


@target(Options, prepare=prepare, preview=preview)
async def webhook(delivery: Delivery, options: Options, context: Context) -> None:
    """Send one request; the status of the answer decides, and its body isn't read."""
    import aiohttp  # noqa: PLC0415 - the daemon has it loaded, `gazelled check` hasn't

    where = f"The webhook at {options.address.netloc}"
    body = content(delivery, options, context)
    limits = aiohttp.ClientTimeout(total=context.timeout, sock_connect=context.timeout / 2)
    try:
        async with (
            aiohttp.ClientSession(timeout=limits, cookie_jar=aiohttp.DummyCookieJar()) as http,
            http.post(
                plain(options.url),
                data=body,
                headers=headers(delivery, options, body, datetime.now(UTC)),
                allow_redirects=False,  # what it signs and holds is for this address only
            ) as answer,
        ):
            status, retry_after = answer.status, answer.headers.get("Retry-After")
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise from_error(error, where) from None
    if problem := from_status(status, where, retry_after):
        raise problem


def content(delivery: Delivery, options: Options, context: Context) -> bytes:
    """Return the body; raise RetryLater if the template for it fails."""
    event = delivery.event
    if options.templates.of(event.kind).body is None:
        return json_line(delivery_json(delivery))
    failures: dict[str, str] = {}
    written = from_templates(
        all_harmless(event), options.templates, context, {"body": options.form}, failures
    )
    place = ".".join(options.templates.key(event.kind, "body"))
    if "body" not in written:
        raise RetryLater(f"The template {place} fails for this event ({failures['body']}).")
    if options.form is JSON:
        try:
            json.loads(written["body"])
        except ValueError as error:
            raise RetryLater(f"The template {place} writes no valid JSON: {error}.") from None
    return written["body"].encode()


def headers(delivery: Delivery, options: Options, body: bytes, now: datetime) -> dict[str, str]:
    """Return the headers of a request that is sent now."""
    own = plain_values(options.headers)
    agent = {} if "user-agent" in map(str.lower, own) else {"User-Agent": "gazelled"}
    signatures = " ".join(_signatures(delivery, options, body, now))
    return {
        **agent,
        **own,
        "Content-Type": options.content_type,
        "webhook-id": delivery.id,
        "webhook-timestamp": str(int(now.timestamp())),
        **({"webhook-signature": signatures} if signatures else {}),
    }


def _signatures(delivery: Delivery, options: Options, body: bytes, now: datetime) -> Iterator[str]:
    """Yield a signature for each secret: receivers look for one that they can verify."""
    if options.sign:
        from standardwebhooks import Webhook  # noqa: PLC0415 - an extra

        for secret in options.sign:
            yield Webhook(plain(secret)).sign(delivery.id, now, body.decode())
