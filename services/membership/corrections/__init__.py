"""更正: what people say is wrong with what is held of them, and the answer that is due."""
