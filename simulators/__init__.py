"""The other end of every wire: bodies with physics, wires with bytes, faults as wrappers."""
