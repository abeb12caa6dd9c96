"""Servers that are not ours: what others' code sends comes back from a cassette as it came from them."""
