"""What is wrong with a listing: `wrong(listing)` compares its arrays with its nodes."""
from __future__ import annotations

from wengert.ir import ops
from wengert.ir.listing import Listing
from wengert.ir.node import postorder


def wrong(listing: Listing) -> list[str]:
    """What the arrays of a listing say that its nodes do not."""
    found = []
    nodes = listing.rebuilt()
    for k, node in enumerate(nodes):
        args = listing.args[listing.begins[k]:listing.begins[k + 1]].tolist()
        if not all(nodes[a] is arg for a, arg in zip(args, node.args, strict=True)):
            found.append(f"args {k}")
        if [listing.number(arg) for arg in listing.nodes[k].args] != args:
            found.append(f"names {k}")
        if not all(a < k for a in args):
            found.append(f"order {k}")
        if listing.number(listing.nodes[k]) != k:
            found.append(f"number {k}")
        for told, value in ((listing.ops, node.op), (listing.types, node.type)):
            if told[0][told[1][k]] is not value:
                found.append(f"told {k}")
        if listing.readers[listing.begins[k]:listing.begins[k + 1]].tolist() != [k] * len(args):
            found.append(f"readers {k}")
    ends, users = listing.users
    for k in range(len(nodes)):
        reads = [reader for reader, node in enumerate(nodes) for arg in node.args if arg is nodes[k]]
        if users[ends[k]:ends[k + 1]].tolist() != reads:
            found.append(f"users {k}")
        if listing.uses()[k] != len(reads) + listing.outputs.tolist().count(k):
            found.append(f"uses {k}")
    outputs = [nodes[k] for k in listing.outputs.tolist()]
    if {*postorder(outputs), *(node for node in nodes if node.op is ops.input)} != set(nodes):
        found.append("needed")
    for told in (listing.ops, listing.types):
        if list(dict.fromkeys(told[1].tolist())) != list(range(len(told[0]))):
            found.append("the order in which they occur")
    return found
