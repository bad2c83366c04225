"""Bytes of an MCAP file: chunks, their index, and records one by one, within bounds."""
