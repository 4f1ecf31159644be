"""Damaged and invented bytes for all that reads what comes from outside; what failed is kept."""
