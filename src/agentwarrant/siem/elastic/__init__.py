"""Elasticsearch, Kibana and OpenSearch: ship, install, render rules, take alerts in."""

from agentwarrant.siem.elastic import settings as settings
from agentwarrant.siem.elastic.names import namespace as namespace
from agentwarrant.siem.elastic.outgoing import COUNTED as COUNTED
from agentwarrant.siem.elastic.outgoing import receiver as receiver
from agentwarrant.siem.elastic.outgoing import route as route
from agentwarrant.siem.elastic.outgoing import weigh as weigh
from agentwarrant.siem.elastic.plugin import Elastic as Elastic

TARGETS = Elastic.kinds
"""The kinds of targets that the configuration may name and this folder serves."""
