"""How a program is made, differentiated, improved and handed over to code generation."""
