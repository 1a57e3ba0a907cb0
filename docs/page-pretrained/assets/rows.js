// The questions behind a cell of a table: prompt, response and score of each.
"use strict";

(() => {
  const { index, element, load, options, isFolded, unfold, score, scoreLabel } = Report;
  const PAGE = 50;
  const at = (id) => document.getElementById(id);
  const dialog = at("rows");
  let [variant, benchmark, shown] = ["", "", PAGE];
  let total = 0;

  async function read() {
    const [rows, questions] = await Promise.all([load(`rows-${variant}`), load(`questions-${index.rows[variant][benchmark]}`)]);
    const { responses, response, score: scores, garbled } = rows[benchmark];
    total = rows[benchmark].total;
    return questions.question_id.map((id, i) => ({ id, prompt: questions.prompt[i], reference: questions.reference[i], response: responses[response[i]], score: scores[i], garbled: garbled[i] }));
  }

  function rowOf(row, folded) {
    const link = Viewer.has(benchmark, row.id)
      ? element("button", { type: "button", class: "quiet", onclick: () => { dialog.close(); Viewer.open(benchmark, row.id); } }, "token by token") : null;
    const text = (words) => (folded ? element("i", {}, "hidden") : words);
    return element("tr", {},
      element("th", { scope: "row" }, element("small", {}, row.id), " ", text(row.prompt), folded ? null : element("small", { class: "reference" }, ` ${row.reference}`), link),
      element("td", {}, text(row.response || "(empty)")),
      element("td", { class: "number" }, score(row.score), row.garbled ? element("small", {}, " garbled") : null));
  }

  async function fill() {
    const all = await read();
    const values = [...new Set(all.map((row) => row.score))].sort((left, right) => left - right);
    const filters = [["all", `all ${all.length}`], ...values.map((value) => [String(value), `${scoreLabel(value)}: ${all.filter((row) => row.score === value).length}`]), ["garbled", `garbled: ${all.filter((row) => row.garbled).length}`]];
    const chosen = at("rows-score").value || "all";
    options(at("rows-score"), filters, filters.some(([value]) => value === chosen) ? chosen : "all");
    const filter = at("rows-score").value;
    const matching = all.filter((row) => filter === "all" || (filter === "garbled" ? row.garbled : String(row.score) === filter));
    const folded = isFolded(benchmark);
    at("rows-unfold").hidden = !folded;
    at("rows-body").replaceChildren(...matching.slice(0, shown).map((row) => rowOf(row, folded)));
    at("rows-count").textContent = `${Math.min(shown, matching.length)} of ${matching.length}`
      + (total > all.length ? `; this copy of the page has the first ${all.length} of ${total} questions` : "");
    at("rows-more").hidden = matching.length <= shown;
  }

  function open(button) {
    const benchmarks = button.dataset.benchmarks.split(" ");
    [variant, benchmark, shown] = [button.dataset.variant, benchmarks[0], PAGE];
    at("rows-title").textContent = `${variant}: ${button.dataset.measure}`;
    options(at("rows-benchmark"), benchmarks.map((name) => [name, name]));
    at("rows-score").replaceChildren();
    dialog.showModal();
    fill().catch((error) => { at("rows-count").textContent = error.message; });
  }

  for (const button of document.querySelectorAll("button.cell")) button.addEventListener("click", () => open(button));
  at("rows-close").addEventListener("click", () => dialog.close());
  at("rows-score").addEventListener("change", () => { shown = PAGE; fill(); });
  at("rows-benchmark").addEventListener("change", (event) => { benchmark = event.target.value; shown = PAGE; fill(); });
  at("rows-unfold").addEventListener("click", () => { unfold(benchmark); fill(); });
  at("rows-more").addEventListener("click", () => { shown += PAGE; fill(); });
})();
