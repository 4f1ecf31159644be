"""What persons do: each act is accepted or refused with a text of the catalogue, once."""
