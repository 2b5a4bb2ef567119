"""How a person's model becomes nodes: symbols, plain Python functions, SymPy expressions."""
