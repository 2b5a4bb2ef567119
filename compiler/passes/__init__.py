"""How a graph is improved: tables of rewrite rules. Read `rule.py` for what a rule is and `pipeline.py` for their order."""
