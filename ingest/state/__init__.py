"""The ledger: every feed, every URL and its fate, in SQLite or PostgreSQL."""
