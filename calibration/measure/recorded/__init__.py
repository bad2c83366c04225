"""Calibrating from recordings and image folders: the same fits, from slices taken before."""
