"""Active sweeps against uniform ones, offline: a dense stack serves as a lens that goes anywhere."""
