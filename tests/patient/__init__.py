"""What really flows in the simulated patient: the whole daemon on virtual time, judged from the far end."""
