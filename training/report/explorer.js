(() => {
  "use strict";
  const told = JSON.parse(document.getElementById("explored").textContent);
  const at = (name) => document.getElementById(name);
  const slider = at("threshold"), prevalence = at("prevalence"), dot = at("explored-dot");
  const buttons = [...document.querySelectorAll("[data-position]")];
  const percent = (share) => Number.isFinite(share) ? (100 * share).toFixed(1) + " %" : "–";
  const say = (name, words) => { at(name).textContent = words; };

  function show() {
    const k = Number(slider.value), p = Number(prevalence.value) / 100;
    const found = told.tp[k] / (told.tp[k] + told.fn[k]), spared = told.tn[k] / (told.tn[k] + told.fp[k]);
    const alarms = p * found + (1 - p) * (1 - spared);
    const threshold = told.threshold[k].toPrecision(3);
    say("at-threshold", threshold);
    slider.setAttribute("aria-valuetext", "threshold " + threshold);
    say("at-sensitivity", `${percent(found)} (${told.tp[k]} of ${told.tp[k] + told.fn[k]})`);
    say("at-specificity", `${percent(spared)} (${told.tn[k]} of ${told.tn[k] + told.fp[k]})`);
    say("at-ppv", percent(p * found / alarms));
    say("at-npv", percent((1 - p) * spared / (1 - alarms)));
    say("at-suspicious", Math.round(1000 * alarms).toLocaleString("en"));
    say("at-missed", (1000 * p * (1 - found)).toFixed(1));
    say("at-biopsies", alarms > 0 && found > 0 ? (alarms / (p * found)).toFixed(1) : "–");
    for (const [category, missed] of Object.entries(told.missed)) say("missed-" + category, missed[k].toLocaleString("en"));
    const frame = told.frame;
    dot.setAttribute("cx", frame.left + (1 - spared) * frame.width);
    dot.setAttribute("cy", frame.top + (1 - found) * frame.height);
    for (const button of buttons) button.setAttribute("aria-pressed", Number(button.dataset.position) === k);
  }

  slider.addEventListener("input", show);
  prevalence.addEventListener("input", show);
  for (const button of buttons) button.addEventListener("click", () => { slider.value = button.dataset.position; show(); });
  at("live").hidden = false;
  show();
})();
