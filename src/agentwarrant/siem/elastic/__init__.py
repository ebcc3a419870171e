"""Elasticsearch, Kibana and OpenSearch: ship, install, render rules, take alerts in."""
