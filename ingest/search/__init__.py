"""Search and alert matching: the query language, the engine protocol, and the engines."""
