"""The stages, plain functions over a batch, and what runs them in order."""
