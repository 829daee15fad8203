"""A target: messages into a Matrix room, by the client library matrix-nio."""

from __future__ import annotations

from collections.abc import AsyncIterator

from gazelled.plugin import (
    Context,
    Delivery,
    GiveUp,
    PluginConfig,
    RetryLater,
    SecretStr,
    TargetFault,
    target,
)
from nio import AsyncClient, AsyncClientConfig, RoomSendError


class Options(PluginConfig):
    """The room, and who writes there."""

    homeserver: str
    user: str
    token: SecretStr
    room: str


async def session(options: Options, context: Context) -> AsyncIterator[AsyncClient]:
    """Keep one client for all messages, as long as the daemon runs."""
    once = AsyncClientConfig(request_timeout=context.timeout, max_limit_exceeded=0, max_timeouts=1)
    client = AsyncClient(options.homeserver, options.user, config=once)
    client.access_token = options.token.get_secret_value()
    try:
        yield client
    finally:
        await client.close()


@target(Options, prepare=session)
async def matrix_room(
    delivery: Delivery, options: Options, context: Context, client: AsyncClient
) -> None:
    """Send a message. The server knows the id, so that a repetition is shown once."""
    del context
    text = f"{delivery.event.title}\n{delivery.event.item.url}"
    content = {"msgtype": "m.notice", "body": text}
    try:
        reply = await client.room_send(options.room, "m.room.message", content, tx_id=delivery.id)
    except OSError as error:
        raise TargetFault(f"{options.homeserver} can't be reached: {error}") from error
    if isinstance(reply, RoomSendError):
        raise refusal(reply)


def refusal(reply: RoomSendError) -> Exception:
    """Return what an answer of the server means for the message."""
    if reply.status_code in {"M_UNKNOWN_TOKEN", "M_FORBIDDEN", "M_MISSING_TOKEN"}:
        return TargetFault(f"The server refuses: {reply.message}")
    if reply.status_code == "M_LIMIT_EXCEEDED":
        return RetryLater("Too many messages", after=(reply.retry_after_ms or 0) / 1000)
    if reply.status_code == "M_TOO_LARGE":
        return GiveUp("The message is too long.")
    return RetryLater(f"The server answered {reply.status_code or reply.message}")
