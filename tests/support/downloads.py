"""Downloads that a test needs, and that a machine without a package registry cannot make."""

import pytest


def download_or_skip(download, *arguments):
    """Return what a download returns; skip the test if a package cannot be downloaded here, and for no other error."""
    try:
        return download(*arguments)
    except ValueError as error:
        if not str(error).startswith("The package ") or " cannot be downloaded: " not in str(error):
            raise
        pytest.skip(str(error))
