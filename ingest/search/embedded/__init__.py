"""The embedded engine on tantivy: a folder, no server."""
