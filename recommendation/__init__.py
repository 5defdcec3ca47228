"""Which technique each application of an environment should use, from what was measured.

`candidates` says of each application in which technique it could run, and what rules one out;
`choice` chooses within a budget; `rewriting` writes the environment that follows from it. Nothing
is guessed: what was not measured is no candidate.
"""
