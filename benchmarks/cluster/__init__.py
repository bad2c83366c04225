"""Archives on workers: what the driver costs, and how much more workers do."""
