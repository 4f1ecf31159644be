"""Devices, their frames, and the links that carry them; knows nothing of protocols or patients."""
