"""Proves the network on an NVIDIA GPU with one command, stage by stage; its door is `command`."""
