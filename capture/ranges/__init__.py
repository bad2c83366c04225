"""Archives of recordings and stacks, cut into ranges of sweeps that are played apart from each other."""
