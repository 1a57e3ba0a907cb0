"""The numbers and claims that the paper prints, and checks of these numbers against each other. Needs no torch."""
