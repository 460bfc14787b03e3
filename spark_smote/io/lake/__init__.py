"""Tables that keep versions (Delta, Iceberg): found, read at one version, written in one commit."""
