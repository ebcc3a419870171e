"""Servers that the tests of this folder share, each started once and only when asked for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .elastic_server import running
from .keycloak_world import World, keycloak_world


@pytest.fixture(scope="session")
def elasticsearch_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Elasticsearch 8.19 without security; ES|QL and KQL run in it."""
    with running("elasticsearch", tmp_path_factory.mktemp("elasticsearch")) as url:
        yield url


@pytest.fixture(scope="session")
def opensearch_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """OpenSearch 3; elasticsearch-py needs a node class of its own to talk to it."""
    with running("opensearch", tmp_path_factory.mktemp("opensearch")) as url:
        yield url


@pytest.fixture(scope="session")
def keycloak(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Keycloak with an agent; a test leaves the agent as it found it, but for its secret."""
    with keycloak_world(tmp_path_factory.mktemp("keycloak")) as world:
        yield world
