// A response token by token: how far each position is shifted, its KL, and what each of the three models predicts there.
"use strict";

const Tokens = (() => {
  const { element, drawing } = Report;
  const MODELS = [["base", "base"], ["aligned", "aligned"], ["superficial", "base + head"]];
  const RANKS = [
    ["unshifted", "unshifted: the aligned model's top token has rank 1", (rank) => rank === 1],
    ["marginal", "marginal: rank 2 or 3", (rank) => rank === 2 || rank === 3],
    ["shifted", "shifted: rank 4 or lower", (rank) => rank > 3],
  ];
  const KL_EDGES = [0.1, 0.5, 1, 2];
  // The share of first tokens that two models have in common, in fifths; the smaller, the stronger the mark.
  const OVERLAP_EDGES = [0.8, 0.6, 0.4, 0.2];
  const HEIGHT = 40;

  const rankName = (rank) => RANKS.find(([, , holds]) => holds(rank))[0];
  const klLevel = (kl) => KL_EDGES.filter((edge) => kl >= edge).length;
  const overlapLevel = (overlap) => OVERLAP_EDGES.filter((edge) => overlap < edge).length;
  // Control characters, marks of direction and the like would not be seen.
  const escaped = (sign) => `\\u{${sign.codePointAt(0).toString(16)}}`;
  const visible = (word) => word.replaceAll("\n", "⏎").replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escaped) || "␣";

  function unpack(text) {
    const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
    const view = new DataView(bytes.buffer);
    return Array.from({ length: bytes.length / 4 }, (_, i) => [view.getUint16(4 * i, true), view.getUint16(4 * i + 2, true) / 65535]);
  }

  function topOf(response, model, position) {
    const all = unpack(response.top[model]);
    const count = all.length / response.tokens.length;
    return all.slice(position * count, (position + 1) * count);
  }

  function mark(token, response, position, { by, when }) {
    const rank = response.rank[when][position];
    const kl = response.kl[when][position];
    const overlap = response.overlap[when][position];
    const marks = { rank: rankName(rank), kl: `kl${klLevel(kl)}`, overlap: `kl${overlapLevel(overlap)}` };
    token.className = `token ${marks[by]}`;
    const name = `position ${position}: ${token.textContent}`;
    token.setAttribute("aria-label", `${name}, ${rankName(rank)}, rank ${rank}, KL ${kl.toFixed(2)}, overlap ${overlap.toFixed(2)}`);
  }

  function strip(response, highest, choose) {
    const count = response.tokens.length;
    const scale = (kl) => (HEIGHT - 1) * (kl / highest);
    const bars = response.tokens.flatMap((_, i) => {
      const [before, after] = [scale(response.kl.before[i]), scale(response.kl.after[i])];
      return [
        drawing("rect", { class: "before", x: 10 * i + 1.5, y: HEIGHT - before, width: 7, height: before }),
        drawing("rect", { class: "after", x: 10 * i + 3.5, y: HEIGHT - after, width: 3, height: after }),
      ];
    });
    const first = drawing("rect", { class: "first", x: 0, y: 0, width: 10 * Math.min(10, count), height: HEIGHT });
    const cursor = drawing("rect", { class: "cursor", x: -10, y: 0, width: 10, height: HEIGHT });
    const made = drawing("svg", { viewBox: `0 0 ${10 * count} ${HEIGHT}`, class: "strip", preserveAspectRatio: "none", "aria-hidden": "true" }, first, cursor, ...bars);
    made.style.maxWidth = `${18 * count}px`;
    made.addEventListener("pointermove", (event) => {
      const box = made.getBoundingClientRect();
      choose(Math.max(0, Math.min(count - 1, Math.floor((count * (event.clientX - box.left)) / box.width))));
    });
    return [made, (position) => cursor.setAttribute("x", 10 * position)];
  }

  // Draws a response and calls `choose(position)` for the hovered or focused token. Returns a function that marks a position.
  function draw(container, words, response, title, score, marking, highest, choose) {
    const tokens = response.tokens.map((word, position) => {
      const token = element("button", { type: "button", tabindex: position ? -1 : 0, onfocus: () => choose(position), onpointerenter: () => choose(position) }, visible(words[word]));
      mark(token, response, position, marking);
      return token;
    });
    const [bars, place] = strip(response, highest, choose);
    const text = element("div", { class: "text", role: "group", "aria-label": `${title}, token by token; arrow keys move` }, ...tokens);
    text.addEventListener("keydown", (event) => {
      const at = tokens.indexOf(document.activeElement);
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tokens.length - 1 }[event.key];
      if (at < 0 || !tokens[to]) return;
      event.preventDefault();
      tokens.forEach((token, i) => { token.tabIndex = i === to ? 0 : -1; });
      tokens[to].focus();
    });
    container.append(element("section", { class: "response" },
      element("h3", {}, title, score ? element("span", { class: "score" }, score) : null),
      text, bars,
      element("p", { class: "axis" }, "KL to the aligned model by position, up to ", `${highest.toFixed(2)} nats: `, element("i", { class: "key before" }), " base ", element("i", { class: "key after" }), " base + head")));
    return (position) => {
      tokens.forEach((token, i) => token.classList.toggle("chosen", i === position));
      place(position ?? -1);
    };
  }

  function column(title, top, words, token, target) {
    const largest = top[0][1] || 1;
    const rows = top.map(([word, probability]) => {
      const bar = element("i", { class: "bar" });
      bar.style.width = `${(100 * probability) / largest}%`;
      const marks = [word === target ? element("span", { class: "sign", title: "top token of the aligned model" }, "◆") : null, word === token ? element("span", { class: "sign", title: "token of the response" }, "●") : null];
      return element("li", {}, element("span", { class: "word" }, visible(words[word]), ...marks.filter(Boolean)), element("span", { class: "probability" }, probability < 0.0005 ? "<.001" : probability.toFixed(3).replace(/^0/, "")), bar);
    });
    return element("div", { class: "top" }, element("h4", {}, title), element("ol", {}, ...rows));
  }

  function detail(container, words, response, title, position) {
    const tops = Object.fromEntries(MODELS.map(([model]) => [model, topOf(response, model, position)]));
    const target = tops.aligned[0][0];
    const { rank, kl, overlap } = response;
    container.replaceChildren(
      element("h3", {}, "Position ", String(position), " ", element("small", {}, `of: ${title}`)),
      element("dl", { class: "facts" },
        element("dt", {}, "token of the response"), element("dd", {}, element("code", {}, visible(words[response.tokens[position]]))),
        element("dt", {}, "top token of the aligned model"), element("dd", {}, element("code", {}, visible(words[target]))),
        element("dt", {}, "its rank, base → + head"), element("dd", {}, `${rank.before[position]} → ${rank.after[position]} (${rankName(rank.before[position])} → ${rankName(rank.after[position])})`),
        element("dt", {}, "KL, base → + head"), element("dd", {}, `${kl.before[position].toFixed(3)} → ${kl.after[position].toFixed(3)} nats`),
        element("dt", {}, `overlap of the first ${tops.base.length} tokens`), element("dd", {}, `${overlap.before[position].toFixed(2)} → ${overlap.after[position].toFixed(2)} (Jaccard, with the aligned model's)`)),
      element("div", { class: "tops" }, ...MODELS.map(([model, name]) => column(name, tops[model], words, response.tokens[position], target))),
      element("p", { class: "axis" }, "◆ top token of the aligned model   ● token of the response"));
  }

  const LEGENDS = {
    rank: RANKS.map(([name, text]) => [name, text]),
    kl: [...KL_EDGES, Infinity].map((edge, i) => [`kl${i}`, i ? (edge === Infinity ? `from ${KL_EDGES[i - 1]} nats` : `${KL_EDGES[i - 1]} to ${edge}`) : `under ${edge}`]),
    overlap: [...OVERLAP_EDGES, 0].map((edge, i) => [`kl${i}`, i ? (edge ? `${edge} to ${OVERLAP_EDGES[i - 1]}` : `under ${OVERLAP_EDGES[i - 1]}`) : `from ${edge}, of 1`]),
  };

  function legend(container, by) {
    const entries = LEGENDS[by];
    container.replaceChildren(...entries.map(([name, text]) => element("span", {}, element("span", { class: `token ${name}` }, "token"), ` ${text}`)));
  }

  return { draw, detail, legend };
})();
