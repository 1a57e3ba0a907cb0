"""A report of planted results, built once."""

import pytest
from planted import planted_results

from superficial.reporting.page.build import write_report


@pytest.fixture(scope="session")
def planted(tmp_path_factory):
    return planted_results(tmp_path_factory.mktemp("planted"))


@pytest.fixture(scope="session")
def page(planted, tmp_path_factory):
    return write_report(planted, tmp_path_factory.mktemp("reports") / "report")
