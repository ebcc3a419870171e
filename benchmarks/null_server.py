"""A server that answers as a healthy Elasticsearch or HTTP Event Collector, and does nothing.

    python benchmarks/null_server.py

Prints its port. It answers ``_bulk`` with one item for each document, a short one where
``filter_path`` asks for no more, and reads nothing of the documents. A collector's token that is
called ``ack`` has acknowledgment: everything is indexed at once.
"""

from __future__ import annotations

import asyncio
import json
import zlib
from functools import cache

FULL = {
    "_index": ".ds-logs-agentwarrant.events-acme-2026.11.24-000001",
    "_id": "50d17940435136c347782575e9a7c982",
    "_version": 1,
    "result": "created",
    "_shards": {"total": 2, "successful": 1, "failed": 0},
    "_seq_no": 1234,
    "_primary_term": 1,
    "status": 201,
}
SHORT = {"status": 201}


@cache
def answer(count: int, short: bool) -> bytes:
    """Return the answer to a request of ``count`` documents."""
    item = {"create": SHORT if short else FULL}
    took = {} if short else {"took": 30}
    told = {"errors": False, **took, "items": [item] * count}
    body = json.dumps(told, separators=(",", ":")).encode()
    head = (
        "HTTP/1.1 200 OK\r\nx-elastic-product: Elasticsearch\r\n"
        "content-type: application/vnd.elasticsearch+json;compatible-with=8\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def collected(head: bytes, number: int) -> bytes:
    """Return the answer of a collector to its request of a number."""
    told: dict[str, object] = {"text": "Success", "code": 0}
    if b"/ack" in head:
        told = {"acks": {str(one): True for one in range(number)}}
    elif b"splunk ack" in head:
        told["ackId"] = number
    body = json.dumps(told, separators=(",", ":")).encode()
    head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\n\r\n".encode()
    return head + body


async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the requests of one connection."""
    number = 0
    while True:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
        except asyncio.IncompleteReadError:
            writer.close()
            return
        length = head[head.index(b"content-length:") :].partition(b"\r\n")[0]
        body = await reader.readexactly(int(length.partition(b":")[2]))
        if b"/services/collector" in head:
            writer.write(collected(head, number))
            number += b"/ack" not in head
            continue
        if b"content-encoding: gzip" in head:
            body = zlib.decompress(body, wbits=31)
        writer.write(answer(body.count(b"\n") // 2, b"filter_path" in head))


async def serve() -> None:
    """Answer until somebody ends this process."""
    server = await asyncio.start_server(converse, "127.0.0.1", 0, limit=1 << 24)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
