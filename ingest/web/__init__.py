"""The only code that talks to the outside: the guarded client, politeness, the archive."""
