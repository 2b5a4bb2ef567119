"""What a program is: types, ops, nodes, graphs, their text and their meaning. Imports numpy only."""
