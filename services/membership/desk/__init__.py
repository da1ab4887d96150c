"""The desk: what of HR's events contradicts the others, and what officers decide about it.

`rulings` keeps what was decided, `choices` computes what could be, `cases` tells one person's case,
`settling` takes decisions, `listing` is the list of all that is open.
"""
