"""The pure room: no file, no socket, no clock, no HTTP client, no YAML, no pytest."""
