// The viewer of single questions: which question is shown, how its tokens are marked, and which token is selected.
"use strict";

const Viewer = (() => {
  const { index, element, load, options, isFolded, unfold, scoreLabel } = Report;
  const TITLES = { aligned: "Aligned", base: "Base", superficial: "Base + superficial head" };
  const at = (id) => document.getElementById(id);
  const state = { benchmark: null, question: 0, by: "rank", when: "before" };
  if (!index.view.length) return { open: () => {}, has: () => false };

  const entry = () => index.view.find(({ name }) => name === state.benchmark);
  const has = (benchmark, id) => index.view.some(({ name, questions }) => name === benchmark && questions.includes(id));

  async function show() {
    const { benchmark } = state;
    const folded = isFolded(benchmark);
    at("folded").hidden = !folded;
    at("open").hidden = folded;
    at("status").textContent = "";
    if (folded) return;
    let content;
    try {
      content = await load(`view-${benchmark}`);
    } catch (error) {
      at("status").textContent = error.message;
      return;
    }
    if (state.benchmark === benchmark) draw(content);
  }

  // The scores of the three responses as texts; empty where nobody judged them, as in the report on a pair of models.
  function scoresOf(question, alphas) {
    if (!alphas) return {};
    const scoreAt = (alpha) => question.by_value.alpha[alphas.indexOf(alpha)]?.[1] ?? null;
    const scores = { aligned: question.aligned_score, base: scoreAt(0), superficial: scoreAt(1) };
    return Object.fromEntries(Object.entries(scores).map(([who, score]) => [who, scoreLabel(score)]));
  }

  function draw(content) {
    const question = content.questions[state.question];
    at("prompt").textContent = question.prompt;
    at("reference").textContent = question.reference;
    at("reference-line").hidden = !question.reference;
    Tokens.legend(at("legend"), state.by);
    const scores = scoresOf(question, content.values.alpha);
    const highest = Math.max(0.1, ...Object.values(question.responses).flatMap(({ kl }) => [...kl.before, ...kl.after]));
    at("responses").replaceChildren();
    const marks = {};
    const choose = (who, position) => {
      for (const [name, show] of Object.entries(marks)) show(name === who ? position : null);
      Tokens.detail(at("detail"), content.words, question.responses[who], TITLES[who], position);
    };
    for (const [who, response] of Object.entries(question.responses)) {
      marks[who] = Tokens.draw(at("responses"), content.words, response, TITLES[who], scores[who], state, highest, (position) => choose(who, position));
    }
    // The first position at which the base would have written another token.
    const first = question.responses.aligned.rank.before.findIndex((rank) => rank > 1);
    choose("aligned", Math.max(0, first));
    Strength.draw(at("strengths"), content, question);
    performance.mark("shown");
  }

  function chooseBenchmark(name, question = 0) {
    Object.assign(state, { benchmark: name, question });
    at("benchmark").value = name;
    options(at("question"), entry().questions.map((id, i) => [i, id]), question);
    return show();
  }

  function chooseQuestion(number) {
    const count = entry().questions.length;
    state.question = (number + count) % count;
    at("question").value = state.question;
    return show();
  }

  function open(benchmark, id) {
    const done = chooseBenchmark(benchmark, index.view.find(({ name }) => name === benchmark).questions.indexOf(id));
    at("viewer").scrollIntoView();
    return done;
  }

  options(at("benchmark"), index.view.map(({ name, questions, harmful }) => [name, `${name} (${questions.length}${harmful ? ", hidden" : ""})`]));
  at("benchmark").addEventListener("change", (event) => chooseBenchmark(event.target.value));
  at("question").addEventListener("change", (event) => chooseQuestion(+event.target.value));
  at("previous").addEventListener("click", () => chooseQuestion(state.question - 1));
  at("next").addEventListener("click", () => chooseQuestion(state.question + 1));
  at("unfold").addEventListener("click", () => { unfold(state.benchmark); show(); });
  at("choose").addEventListener("submit", (event) => event.preventDefault());
  for (const input of at("choose").querySelectorAll("input[type=radio]")) {
    input.addEventListener("change", () => { state[input.name] = input.value; show(); });
  }
  chooseBenchmark(index.view[0].name);
  return { open, has };
})();
