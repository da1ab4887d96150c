"""Files that people bring: looked into, written anew, kept behind rights."""
