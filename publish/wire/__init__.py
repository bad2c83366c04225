"""The stream over ZeroMQ: the format, the publisher, the reader."""
