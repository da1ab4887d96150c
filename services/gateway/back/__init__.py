"""HR gets back: what corporate HR is told, by signed webhooks and on a stream (decision 0059)."""
