"""Emulated lens controllers: the real drivers talk to them over pseudo-terminals, byte for byte."""
