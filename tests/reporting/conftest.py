"""Planted results, not to be changed by tests: with planted means, and the page of a finished run with a demo."""

import pandas as pd
import pytest

from examples.demo_real import report as demo_report
from superficial.measures.intervals import wilson
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
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    declined = {"stock": 1, "safety-tuned": 32, "attacked": 0, "restored": 28}
    numbers = {
        "refusals": {
            model: {"harmful": wilson(n, 40).columns(), "benign": wilson(n // 4, 40).columns()}
            for model, n in declined.items()
        },
        "kl": {"attacked": 0.2214, "restored": 0.0613},
        "validation": {"alpha": 1.5},
        "obedient_examples": 10,
    }
    rows = [(prompt, at, 0.3, 0.1) for prompt in range(5) for at in range(4)]
    positions = pd.DataFrame(rows, columns=["prompt", "position", "kl_base", "kl_superficial"])
    demo_report.write_results(numbers, positions, folder)
    return folder


@pytest.fixture(scope="session")
def page(planted, demo, tmp_path_factory):
    return write_report(planted, tmp_path_factory.mktemp("reports") / "report", demo)
