"""Downloads at pinned commits: repositories of the Hugging Face hub, and addresses that contain a commit.

Every file is checked once against the hash that its hub lists, or that a profile states, and kept in a cache. Later
calls need no network. Every failure is one sentence with what to do. This package imports no torch.
"""
