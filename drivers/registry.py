"""Model name to factory; the one place that names every driver."""
