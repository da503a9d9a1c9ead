"""How a warehouse is: what `make status` reads."""
