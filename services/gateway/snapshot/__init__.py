"""HR's list of who is where as of a day: read, compared with the roll, said as events of HR."""
