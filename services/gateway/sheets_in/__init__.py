"""Sheets that people bring: read by a process of its own, their columns found, kept until used."""
