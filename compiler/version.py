"""Which Wengert this is: the version of pyproject.toml, which a test compares. A checkout that nobody installed has it too."""
__version__ = "0.1.0"
