"""Planted results, not to be changed by tests: with planted means, and a finished run with its page."""

import pytest

from superficial.reporting.page.build import write_report
from tests.reporting.means import LAB, LAB_MEANS, plant_sensitivity, plant_sweep, planted_means


@pytest.fixture(scope="session")
def central(tmp_path_factory):
    return planted_means(tmp_path_factory.mktemp("central"))


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    results = planted_means(folder, LAB_MEANS, profile=LAB)
    plant_sweep(folder, [0.5, 0.8, 1.0], [0.9, 0.95, 0.9])
    return results


@pytest.fixture(scope="session")
def study_results(lab):
    plant_sensitivity(lab.folder, LAB)
    return lab


@pytest.fixture(scope="session")
def page(planted, tmp_path_factory):
    return write_report(planted, tmp_path_factory.mktemp("reports") / "report")
