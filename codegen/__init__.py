"""How a program becomes machine code. Imports ir and llvmlite, never compiler."""
