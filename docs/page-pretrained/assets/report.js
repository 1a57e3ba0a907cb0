// What all parts of the page share: the index, loading data files, and making elements. Text is only ever set as text.
"use strict";

const Report = (() => {
  const index = JSON.parse(document.getElementById("index").textContent);
  const loading = new Map();
  const unfolded = new Set();

  // Each data file calls this with its content.
  function receive(name, value) {
    loading.get(name)?.resolve(value);
  }

  // A page opened from disk may not fetch files, but it may load scripts from its own folder.
  function load(name) {
    if (!loading.has(name)) {
      const entry = {};
      entry.promise = new Promise((resolve, reject) => Object.assign(entry, { resolve, reject }));
      loading.set(name, entry);
      const script = document.createElement("script");
      script.src = `data/${encodeURIComponent(name)}.js`;
      script.onerror = () => entry.reject(new Error(`The file data/${name}.js of this report is missing.`));
      document.head.append(script);
    }
    return loading.get(name).promise;
  }

  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (value === true) made.setAttribute(name, "");
      else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  }

  function drawing(tag, attributes = {}, ...children) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }

  function options(select, entries, chosen) {
    select.replaceChildren(...entries.map(([value, text]) => element("option", { value }, text)));
    if (chosen !== undefined) select.value = chosen;
  }

  const isFolded = (benchmark) => index.harmful.includes(benchmark) && !unfolded.has(benchmark);
  const unfold = (benchmark) => unfolded.add(benchmark);
  // The scores of questions that the judge did not judge are null.
  const isJudged = (value) => value !== null && value !== undefined;
  const score = (value) => (isJudged(value) ? String(+value.toFixed(3)) : "not judged");
  const scoreLabel = (value) => (isJudged(value) ? `score ${score(value)}` : score(value));

  return { index, receive, load, element, drawing, options, isFolded, unfold, isJudged, score, scoreLabel };
})();
