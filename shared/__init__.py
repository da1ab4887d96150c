"""The kernel of the house: messages, their delivery, and what surrounds every handler."""
