"""SCIM 2.0: the company's directory says who is where, and it becomes HR's events."""
