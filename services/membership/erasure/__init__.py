"""Erasing a person: asked, granted, and done when its day comes."""
