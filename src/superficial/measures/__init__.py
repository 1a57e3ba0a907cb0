"""What is measured of a pair and its head; imports no torch, so that recorded results can be read without it."""
