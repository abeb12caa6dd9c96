"""One file per client family, named after its import name; the folder is the registry."""
