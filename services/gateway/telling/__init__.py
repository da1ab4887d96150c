"""Whoever asked hears of each step: in the place, and by one message now and then where they want
it. What is new is computed when somebody looks or a message is due, from the views' rows and their
times; nothing is queued for anybody."""
