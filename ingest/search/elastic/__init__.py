"""Elasticsearch and OpenSearch behind the engine protocol."""
