"""A world with more variety: apertures, aberrations, sweeps, scenes and image faults drawn at random."""
