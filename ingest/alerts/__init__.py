"""Alerts: when a rule speaks, what it says, and how the message reaches a person. No database and no engine in here."""
