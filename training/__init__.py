"""Training and evaluation of the network: data, losses, metrics."""
