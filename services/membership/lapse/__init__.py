"""会籍脱离: months without dues and without taking part, admonition, and what was decided."""
