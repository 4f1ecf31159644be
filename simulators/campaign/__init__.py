"""Above both sides: the shipped daemon and the simulators in one process, on virtual time."""
