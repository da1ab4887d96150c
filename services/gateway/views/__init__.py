"""The read models: filled by facts alone, disposable, composed for those who look."""
