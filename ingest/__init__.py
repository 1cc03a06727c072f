"""Newsflow: from news feeds to a searchable, alerting archive."""

__version__ = "0.1.0"
