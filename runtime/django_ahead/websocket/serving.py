"""How one consumer is run: the messages of its client and of its layer, one at a time, until one of the sides ends it.

Whatever ends it, `disconnect()` is called once, and nothing of it stays behind.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from typing import TYPE_CHECKING

from django_ahead.websocket import contexts, transport
from django_ahead.websocket.connection import CLOSE, Connection, State
from django_ahead.websocket.exceptions import ConnectionClosed, InvalidMessage, StopConsumer
from django_ahead.websocket.layers.base import Layer
from django_ahead.websocket.open_sockets import open_sockets

if TYPE_CHECKING:
    from django_ahead.websocket.consumer import LowLevelWebSocketConsumer

logger = logging.getLogger("django_ahead.websocket")

# Seconds that disconnect() has when the server has cancelled the consumer.
LAST_SECONDS = 2


async def serve(consumer: LowLevelWebSocketConsumer, connection: Connection, layer: Layer) -> None:
    """Runs a consumer to its end. Raises what its handlers raise, so that the server logs it."""
    sockets = open_sockets()
    sockets.add(connection)
    reader = asyncio.get_running_loop().create_task(connection.read())
    try:
        consumer.channel_name = await layer.attach(connection.inbox)
        try:
            await _run(consumer, connection)
        finally:
            await layer.detach(consumer.channel_name)
    finally:
        reader.cancel()
        sockets.discard(connection)
        if connection.inbox.dropped:
            logger.warning("%s was too slow: %d messages dropped.", _name(consumer), connection.inbox.dropped)


async def _run(consumer: LowLevelWebSocketConsumer, connection: Connection) -> None:
    """Handles messages until the end, and tells the consumer of it."""
    try:
        code = await _handle_all(consumer, connection)
    except asyncio.CancelledError:
        if connection.cut_code is None:
            await _end_cancelled(consumer, connection)
            raise
        _uncancel(connection)
        logger.info("%s was cut: %s.", _name(consumer), connection.cut_code)
        code = connection.cut_code
        try:
            await asyncio.wait_for(connection.close(code), LAST_SECONDS)
        except asyncio.TimeoutError:
            # To a client that does not read, not even this can be said.
            transport.abort(connection.scope)
        connection.state = State.CLOSED
    except InvalidMessage as error:
        logger.warning("%s was sent no JSON: %s", _name(consumer), error.msg)
        code = 1007
        await connection.close(code)
    except Exception:
        # uvicorn would end the connection without a code. A handshake is answered with status 500, by the server.
        if connection.state is State.OPEN:
            await connection.close(1011, or_else=None)
        connection.state = State.CLOSED
        contexts.clean(contexts.current())
        await _tell(consumer, 1011)
        raise
    await _tell(consumer, code)


async def _handle_all(consumer: LowLevelWebSocketConsumer, connection: Connection) -> int:
    """Hands messages to the consumer one by one. Returns the code that it ended with."""
    while not connection.is_done:
        message = await connection.inbox.get()
        kind = message["type"]
        if kind == "websocket.disconnect":
            break
        if kind == CLOSE:
            await connection.close(message["code"])
            return int(message["code"])
        try:
            await consumer.dispatch(message)
        except ConnectionClosed as error:
            # What a client said before it went is handled, though it hears no answer.
            logger.debug("%s: %s", _name(consumer), error)
        except StopConsumer:
            await connection.close(1000)
            return 1000
    return 1006 if connection.disconnect_code is None else connection.disconnect_code


async def _tell(consumer: LowLevelWebSocketConsumer, code: int) -> None:
    """Has the consumer handle its end. It may raise StopConsumer, and may try to send."""
    with contextlib.suppress(StopConsumer, ConnectionClosed):
        await consumer.dispatch({"type": "websocket.disconnect", "code": code})


async def _end_cancelled(consumer: LowLevelWebSocketConsumer, connection: Connection) -> None:
    """The server ends the consumer, as daphne does when it stops: the client hears of it, the consumer too."""

    async def end() -> None:
        code = 1006 if connection.disconnect_code is None else connection.disconnect_code
        if connection.state is State.OPEN:
            code = 1012
            await connection.close(code)
            # daphne goes down when the consumers have, with what it has not written yet.
            await asyncio.sleep(0.1)
        connection.state = State.CLOSED
        await _tell(consumer, code)

    try:
        await asyncio.wait_for(end(), LAST_SECONDS)
    except asyncio.TimeoutError:
        logger.warning("%s did not end in %d seconds.", _name(consumer), LAST_SECONDS)
    except Exception:
        logger.exception("%s failed in disconnect().", _name(consumer))


def _uncancel(connection: Connection) -> None:
    if sys.version_info >= (3, 11) and connection.task is not None:
        connection.task.uncancel()


def _name(consumer: LowLevelWebSocketConsumer) -> str:
    return type(consumer).__qualname__
