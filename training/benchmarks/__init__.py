"""The field's own benchmarks, judged by their own rules."""
