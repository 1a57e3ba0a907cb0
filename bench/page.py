"""Measures how long the report takes, in a browser, from opening the file to the first question on the screen.

    python -m bench.page results/lab/report/index.html

Needs Chromium with its driver. A page within the budget answers at once for a reader.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
from pathlib import Path
from typing import Any

from bench.records import date_and_machine, publish
from superficial.files import expanded

BUDGET_SECONDS = 1.0
ROUNDS = 5
# Of a page that never shows anything.
_LONGEST_WAIT = 600


def seconds_to_first_question(browser: Any, page: Path) -> float:
    """Open a report in a browser, and return the seconds until it shows its first question."""
    from selenium.webdriver.support.ui import WebDriverWait

    browser.get(page.resolve().as_uri())
    shown = "return performance.getEntriesByName('shown')[0]?.startTime"
    milliseconds = WebDriverWait(browser, _LONGEST_WAIT).until(lambda _: browser.execute_script(shown))
    return milliseconds / 1000


def main() -> None:
    from selenium import webdriver

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", type=expanded, help="the index.html of a report")
    parser.add_argument("--out", type=expanded, help="write the record to this JSON file, too")
    arguments = parser.parse_args()
    options = webdriver.ChromeOptions()
    options.binary_location = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chrome"))), "")
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu"):
        options.add_argument(argument)
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
    try:
        seconds = [seconds_to_first_question(browser, arguments.page) for _ in range(ROUNDS)]
    finally:
        browser.quit()
    median = statistics.median(seconds)
    record = date_and_machine() | {
        "seconds": median,
        "budget": BUDGET_SECONDS,
        "within_budget": median < BUDGET_SECONDS,
    }
    publish(record, arguments.out)


if __name__ == "__main__":
    main()
