"""Requests that end: every answer in time, and none larger than it may be."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from requests.adapters import HTTPAdapter
from requests.exceptions import ContentDecodingError
from requests.models import PreparedRequest, Response

_PIECE = 1 << 16
_TOLD = ("X-TAXII-Date-Added-First", "X-TAXII-Date-Added-Last")


class TooMuch(ContentDecodingError):
    """An answer is larger than it may be."""


class Bounded(HTTPAdapter):
    """Sends requests with a time limit and reads no more than so many bytes of an answer.

    Args:
        timeout: Seconds to connect, and between two pieces of an answer.
        largest: Bytes of one answer, unpacked.
        altogether: Bytes of all answers.
        heard: Is given the headers of the newest answer that TAXII knows.
    """

    def __init__(
        self, timeout: float, largest: int, altogether: int, heard: MutableMapping[str, str]
    ) -> None:
        super().__init__()
        self._timeout = timeout
        self._largest = largest
        self._left = altogether
        self._heard = heard

    def send(self, request: PreparedRequest, *args: Any, **options: Any) -> Response:
        """Send a request; see ``HTTPAdapter.send``.

        Raises:
            TooMuch: The answer is larger than it may be, or all are together.
        """
        options.update(timeout=options.get("timeout") or self._timeout, stream=True)
        answer = super().send(request, *args, **options)
        found = bytearray()
        for piece in answer.iter_content(_PIECE):
            found += piece
            self._left -= len(piece)
            if len(found) > self._largest or self._left < 0:
                answer.close()
                raise TooMuch(f"more than {self._largest:,} bytes, or of all answers too many")
        answer._content = bytes(found)  # as ``Response.content`` keeps what it has read
        self._heard.clear()
        self._heard.update({name: answer.headers[name] for name in _TOLD if name in answer.headers})
        return answer
