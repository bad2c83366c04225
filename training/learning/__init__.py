"""Learning makes weights from batches: `train` reads from top to bottom."""
