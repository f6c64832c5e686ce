"""What the `qatlas` command does, one noun per module; each is loaded when it is asked for."""
