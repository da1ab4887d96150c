"""工会组织: bodies of the union beside the tree of units, their terms, and who sits in them.

    rules      what law and house say of sizes, terms, meetings and recalls: pure functions
    founding   a body begins and ends
    elections  a term with all who were elected; taken back when it was entered by mistake
    seats      an election in between, somebody who acts, a seat that ends early
    held       who sits where, from what was said
    following  what comes of all that: rights by posts, and elections that fall due
    telling    the queries

What was said is added and never changed; who sits where follows from it (`held`).
"""
