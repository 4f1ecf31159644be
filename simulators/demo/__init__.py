"""What `make demo` runs: a bed, its daemon and a nurse, each in a process of its own."""
