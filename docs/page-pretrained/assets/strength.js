// Sliders for the head's strength alpha and for the k of the black-box head, over the values that the run recorded.
"use strict";

const Strength = (() => {
  const { element, drawing, isJudged, scoreLabel } = Report;
  const NAMES = {
    alpha: ["Strength α of the head", "The output head is W + α dW: 0 is the base, 1 the head as trained."],
    k: ["k of the black-box head", "The head reads only the base's k largest logits."],
  };
  const START = { alpha: 1, k: Infinity };
  const chosen = {};

  const closest = (values, target) => values.reduce((best, value, i) => (Math.abs(value - target) < Math.abs(values[best] - target) ? i : best), 0);

  function line(values, at) {
    const [width, height] = [150, 24];
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const x = (i) => 4 + ((width - 8) * i) / Math.max(1, values.length - 1);
    const y = (value) => height - 4 - ((height - 8) * (value - low)) / (high - low || 1);
    return drawing("svg", { viewBox: `0 0 ${width} ${height}`, class: "spark", "aria-hidden": "true" },
      drawing("polyline", { points: values.map((value, i) => `${x(i)},${y(value)}`).join(" ") }),
      drawing("circle", { cx: x(at), cy: y(values[at]), r: 3 }));
  }

  function slider(control, values, question, means, count) {
    const [title, explanation] = NAMES[control];
    const last = values.length - 1;
    const start = START[control] === Infinity ? last : closest(values, START[control]);
    const input = element("input", { type: "range", min: 0, max: last, step: 1, id: `slider-${control}` });
    input.value = Math.min(chosen[control] ?? start, last);
    const output = element("output", { for: input.id });
    const response = element("p", { class: "response-text" });
    const scores = element("tbody");
    const show = () => {
      const at = +input.value;
      chosen[control] = at;
      const [text, value, garbled] = question.by_value[control][at];
      output.textContent = `${control === "alpha" ? "α" : "k"} = ${values[at]}`;
      input.setAttribute("aria-valuetext", output.textContent);
      response.replaceChildren(text || "(empty)", element("span", { class: "score" }, `${scoreLabel(value)}${garbled ? ", garbled" : ""}`));
      scores.replaceChildren(...means.filter((row) => row.means[control]).map((row) =>
        element("tr", {}, element("th", { scope: "row" }, `${row.label} ${row.better === "higher" ? "↑" : "↓"}`),
          element("td", { class: "number" }, isJudged(row.means[control][at]) ? row.means[control][at].toFixed(3) : "not judged"), element("td", {}, line(row.means[control], at)))));
    };
    input.addEventListener("input", show);
    show();
    return element("section", {},
      element("h3", {}, element("label", { for: input.id }, title), " ", output),
      element("p", { class: "axis" }, explanation), input,
      element("div", { class: "ends" }, ...values.map((value) => element("span", {}, String(value)))),
      response,
      element("table", { class: "measured" }, element("caption", {}, `Scores at this value, over the ${count} questions shown here`), scores));
  }

  function draw(container, content, question) {
    const controls = ["alpha", "k"].filter((control) => content.values[control]);
    container.replaceChildren(...controls.map((control) => slider(control, content.values[control], question, content.means, content.questions.length)));
  }

  return { draw };
})();
