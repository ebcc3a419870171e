"""How elasticsearch-py's requests leave: through a proxy, to servers of both lines, to OpenSearch.

The node class is the documented seam of elastic-transport; needs the extra ``elastic``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from elastic_transport import (
    BaseNode,
    HttpHeaders,
    NodeConfig,
    RequestsHttpNode,
    Urllib3HttpNode,
)
from elastic_transport.client_utils import DEFAULT, DefaultType

if TYPE_CHECKING:
    from elastic_transport._node import NodeApiResponse

    _Node = BaseNode
else:
    _Node = object

_COMPATIBLE = re.compile(r"compatible-with=\d+")
_VENDOR = re.compile(r"application/vnd\.elasticsearch\+([\w-]+);\s*compatible-with=\d+")
_TYPES = ("content-type", "accept")


class _AsClient8(_Node):
    """Speaks as elasticsearch-py 8 whatever is installed.

    A server understands the REST API of its own major version and of the one before
    (Elasticsearch API compatibility): 8.19 refuses elasticsearch-py 9, both take 8.
    """

    def perform_request(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        headers: HttpHeaders | None = None,
        request_timeout: DefaultType | float | None = DEFAULT,
    ) -> NodeApiResponse:
        sent = _with_types(headers, _COMPATIBLE, "compatible-with=8")
        return super().perform_request(method, target, body, sent, request_timeout)


class _AsOpenSearch(_Node):
    """Speaks with OpenSearch.

    It refuses Elastic's own media types (406), and its answers lack the header by which
    elasticsearch-py knows its server; ``client.connect`` asks for its distribution instead.
    """

    def perform_request(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        headers: HttpHeaders | None = None,
        request_timeout: DefaultType | float | None = DEFAULT,
    ) -> NodeApiResponse:
        sent = _with_types(headers, _VENDOR, r"application/\1")
        reply = super().perform_request(method, target, body, sent, request_timeout)
        known = HttpHeaders({**reply.meta.headers, "x-elastic-product": "Elasticsearch"})
        # The answer's parts are frozen, and there is no seam behind the node.
        object.__setattr__(reply.meta, "headers", known)
        return reply


def _with_types(
    headers: HttpHeaders | None, found: re.Pattern[str], put: str
) -> HttpHeaders | None:
    if headers is None:
        return None
    made = headers.copy()
    for name in _TYPES:
        if name in made:
            made[name] = found.sub(put, made[name])
    return made


def node_class(*, opensearch: bool, proxy: str = "") -> type[BaseNode]:
    """Return what sends the requests of a client.

    Args:
        opensearch: The server is OpenSearch.
        proxy: Address of the proxy that everything goes through; empty for none.
    """
    way = _through(proxy) if proxy else Urllib3HttpNode
    speech = _AsOpenSearch if opensearch else _AsClient8
    return type(f"{speech.__name__}Node", (speech, way), {})


def _through(proxy: str) -> type[RequestsHttpNode]:
    """Return a node that sends through a proxy.

    urllib3's pools, which elastic-transport uses otherwise, know no proxies
    (elastic/elastic-transport-python issue 53); its maintainers name this way.
    """

    class Proxied(RequestsHttpNode):
        def __init__(self, config: NodeConfig) -> None:
            super().__init__(config)
            # Variables of the environment would win over this proxy, and a .netrc over our key.
            self.session.trust_env = False
            self.session.proxies = {"http": proxy, "https": proxy}
            self.session.max_redirects = 0  # an answer from elsewhere is none of the server's

    return Proxied
