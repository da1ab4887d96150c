"""省份: where plants lie, by day, and by whose rules their matters are judged."""
