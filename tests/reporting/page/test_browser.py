"""The report in a real browser, opened from disk: it shows, switches, hovers, unfolds, and runs nothing it was told."""

import shutil

import pytest

from bench.page import seconds_to_first_question
from superficial.reporting.claims.registry import CLAIMS
from superficial.reporting.page.build import write_report
from tests.reporting.planted import HOSTILE, plant_view, planted_results
from tests.support.commands import HANGING

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium, which drives a browser, is not installed")
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.support.ui import Select, WebDriverWait  # noqa: E402

BROWSER = next(filter(None, map(shutil.which, ("chromium", "google-chrome", "chrome"))), None)
DRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    not (BROWSER and DRIVER), reason="no headless Chromium with its driver (Debian: chromium, chromium-driver)"
)
ARGUMENTS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage"
).split()
BUDGET_BYTES = 5_000_000


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for argument in (*ARGUMENTS, f"--user-data-dir={tmp_path_factory.mktemp('browser')}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()


@pytest.fixture
def opened(browser, page):
    """The page, freshly opened in a desktop's window; afterwards nothing may have complained or been run."""
    resize(browser, 1280, 900)
    browser.get_log("browser")
    browser.get(page.as_uri())
    wait_for(browser, lambda: browser.find_elements(By.CSS_SELECTOR, "#responses .token"))
    yield browser
    assert browser.get_log("browser") == []
    assert browser.execute_script("return window.hacked") is None


def resize(browser, width, height, mobile=False):
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def wait_for(browser, condition):
    return WebDriverWait(browser, HANGING).until(lambda _: condition())


def one(browser, selector):
    return browser.find_element(By.CSS_SELECTOR, selector)


def texts(browser, selector):
    return [element.get_property("textContent") for element in browser.find_elements(By.CSS_SELECTOR, selector)]


def test_opens_with_verdicts_and_figures_first_and_a_picture_that_is_not_empty(opened):
    assert texts(opened, "main h2")[:2] == ["Verdicts", "Claims"]
    assert len(texts(opened, ".grid tbody tr")) == len(CLAIMS)
    assert texts(opened, ".grid thead th")[1:] == [
        "this run (central)",
        "lab, over draws",
        "pretrained weights",
        "paper's scale",
    ]
    verdicts = texts(opened, ".claim .badges > .verdict")
    assert len(verdicts) == len(CLAIMS)
    assert set(verdicts) <= {"✓ reproduced", "✕ not reproduced", "≈ inconclusive", "– not run"}
    drawn = "return [...document.images].every((image) => image.complete && image.naturalWidth > 100)"
    assert opened.execute_script(drawn)
    colours = """const picture = new Image();
      picture.src = "data:image/png;base64," + arguments[0];
      const done = arguments[1];
      picture.onload = () => {
        const canvas = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
        canvas.drawImage(picture, 0, 0);
        const { data } = canvas.getImageData(0, 0, picture.width, picture.height);
        done(new Set(new Uint32Array(data.buffer)).size);
      };"""
    assert opened.execute_async_script(colours, opened.get_screenshot_as_base64()) > 50


def test_switches_question_and_benchmark(opened):
    first = one(opened, "#prompt").text
    one(opened, "#next").click()
    wait_for(opened, lambda: one(opened, "#prompt").text != first)
    assert Select(one(opened, "#question")).first_selected_option.text == "gsm-test-1"
    one(opened, "#previous").click()
    one(opened, "#previous").click()
    wait_for(opened, lambda: Select(one(opened, "#question")).first_selected_option.text == "gsm-test-3")
    Select(one(opened, "#benchmark")).select_by_value("truthfulqa")
    wait_for(opened, lambda: Select(one(opened, "#question")).first_selected_option.text == "truthfulqa-test-0")
    assert len(texts(opened, "#responses .response")) == 3


def test_hovering_and_arrow_keys_show_the_top_tokens_of_all_three_models(opened):
    tokens = opened.find_elements(By.CSS_SELECTOR, "#responses .response:first-child .token")
    webdriver.ActionChains(opened).scroll_to_element(tokens[4]).move_to_element(tokens[4]).perform()
    wait_for(opened, lambda: "Position 4" in one(opened, "#detail").text)
    assert texts(opened, "#detail h4") == ["base", "aligned", "base + head"]
    assert [len(column.find_elements(By.TAG_NAME, "li")) for column in opened.find_elements(By.CSS_SELECTOR, ".top")][
        -3:
    ] == [10, 10, 10]
    assert texts(opened, "#detail .probability")[0] == ".500"
    opened.execute_script("arguments[0].focus()", tokens[4])
    tokens[4].send_keys(Keys.ARROW_RIGHT)
    wait_for(opened, lambda: "Position 5" in one(opened, "#detail").text)
    assert opened.switch_to.active_element == tokens[5]
    tokens[5].send_keys(Keys.HOME)
    wait_for(opened, lambda: "Position 0" in one(opened, "#detail").text)


def test_marks_by_rank_and_by_kl_before_and_after_the_head_without_colour_alone(opened):
    def classes():
        tokens = opened.find_elements(By.CSS_SELECTOR, "#responses .response:first-child .token")
        return [next(c for c in token.get_attribute("class").split()[1:] if c != "chosen") for token in tokens[:5]]

    assert classes() == ["unshifted", "marginal", "marginal", "shifted", "shifted"]
    borders = {
        kind: one(opened, f"#legend .token.{kind}").value_of_css_property("border-bottom-style")
        for kind in ("unshifted", "marginal", "shifted")
    }
    assert len({borders["marginal"], borders["shifted"], borders["unshifted"]}) == 3
    one(opened, "input[name=when][value=after]").click()
    wait_for(opened, lambda: set(classes()) == {"unshifted"})
    one(opened, "input[name=by][value=kl]").click()
    wait_for(opened, lambda: set(classes()) == {"kl0"})
    one(opened, "input[name=when][value=before]").click()
    wait_for(opened, lambda: classes() == ["kl2", "kl3", "kl3", "kl4", "kl4"])


def test_harmful_texts_stay_folded_until_asked_for(opened):
    Select(one(opened, "#benchmark")).select_by_value("advbench")
    wait_for(opened, lambda: one(opened, "#folded").is_displayed())
    assert not one(opened, "#open").is_displayed()
    one(opened, "#unfold").click()
    wait_for(opened, lambda: one(opened, "#open").is_displayed() and "0 ?" in one(opened, "#prompt").text)


def test_a_cell_opens_its_questions_and_those_of_harm_are_folded(opened):
    cell = one(opened, "button.cell[data-variant='Small'][data-measure^='HarmRate']")
    opened.execute_script("arguments[0].click()", cell)
    wait_for(opened, lambda: len(texts(opened, "#rows-body tr")) == 6)
    assert not any(HOSTILE[0] in text for text in texts(opened, "#rows-body tr"))
    one(opened, "#rows-unfold").click()
    wait_for(opened, lambda: any(HOSTILE[0] in text for text in texts(opened, "#rows-body tr")))
    Select(one(opened, "#rows-score")).select_by_value("5")
    wait_for(opened, lambda: len(texts(opened, "#rows-body tr")) == 1)
    Select(one(opened, "#rows-score")).select_by_value("all")
    wait_for(opened, lambda: len(texts(opened, "#rows-body tr")) == 6)
    one(opened, "#rows-body tr:nth-child(3) button").click()
    wait_for(opened, lambda: Select(one(opened, "#question")).first_selected_option.text == "advbench-test-2")
    assert not one(opened, "#rows").is_displayed()


def test_the_slider_switches_between_recorded_responses(opened):
    slider = one(opened, "#slider-alpha")
    assert one(opened, "output[for=slider-alpha]").text == "α = 1"
    assert "says 4" in one(opened, "#strengths .response-text").text
    opened.execute_script("arguments[0].focus()", slider)
    slider.send_keys(Keys.ARROW_RIGHT)
    wait_for(opened, lambda: one(opened, "output[for=slider-alpha]").text == "α = 1.25")
    assert "says 5" in one(opened, "#strengths .response-text").text
    assert one(opened, "#strengths .score").text == "score 1"


def test_the_theme_follows_the_system_and_the_button(opened):
    def paper():
        return one(opened, "body").value_of_css_property("background-color")

    light = paper()
    dark_wanted = {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", dark_wanted)
    dark = paper()
    assert dark != light
    one(opened, "#theme").click()
    assert paper() == light
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    opened.execute_script("localStorage.clear()")


def test_fits_a_phone(opened):
    resize(opened, 390, 844, mobile=True)
    assert opened.execute_script("return document.documentElement.scrollWidth") == 390
    bar = opened.execute_script("return document.querySelector('#next').getBoundingClientRect().right")
    assert bar <= 390


def elements_of_opened_report(browser, results, folder, viewed: int) -> int:
    """Open a report with this many questions to view, and return how many elements it has besides their names."""
    plant_view(results.folder, results.profile, viewed, positions=35)
    page = write_report(results, folder / "report")
    assert sum(file.stat().st_size for file in page.parent.rglob("*") if file.is_file()) < BUDGET_BYTES
    assert seconds_to_first_question(browser, page) > 0
    assert len(browser.find_elements(By.CSS_SELECTOR, "#question option")) == viewed
    loaded = browser.execute_script("return [...document.scripts].filter(({ src }) => src.includes('/data/')).length")
    assert loaded == 1, "the page loads the questions of one benchmark, the others when they are chosen"
    return browser.execute_script("return document.querySelectorAll('body *:not(option)').length")


def test_a_report_of_200_questions_weighs_under_5_megabytes_and_draws_one_of_them(browser, tmp_path):
    resize(browser, 1280, 900)
    results = planted_results(tmp_path / "run", questions=60)
    few, many = (elements_of_opened_report(browser, results, tmp_path / str(viewed), viewed) for viewed in (3, 29))
    assert few == many
