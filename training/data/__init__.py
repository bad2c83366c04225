"""Rendered stacks and where they come from: scenes, data sets, shards, batches."""
