"""The sample site of `examples/site`, served on loopback: what the demo and some tests crawl."""
