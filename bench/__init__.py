"""Benches: every figure that a document quotes is `python -m bench.NAME` (or `make bench NAME=…`)."""
