"""From batches to weights: `train` reads from top to bottom."""
