"""Archives of sweeps on several processes or machines: ranges, who plays them, what came of them."""
