"""What several benchmarks share; no command is in here."""
