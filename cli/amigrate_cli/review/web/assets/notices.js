// Above the list: what was planned around what is rejected, and decisions on what is gone.

import { forgetStale, planAgain } from "./deciding.js";
import { byId, el, many } from "./dom.js";
import { count, model } from "./model.js";

let shown = "";

/** Shows what there is to say, anew when it is something else. */
export function showNotices() {
  byId("plan").hidden = !count(model.items).rejected;
  const now = JSON.stringify([model.held, model.stale]);
  if (now === shown) return;
  shown = now;
  byId("notices").replaceChildren(...[
    model.held.length ? notice(`Planned without ${many(model.held.length, "rejected edit")}`,
      "What is rejected stays as it is; what you see is what can be done around it.", model.held,
      ["take-back", "Take the rejections back and plan again", () => planAgain("/take-back")]) : null,
    model.stale.length ? notice(`${many(model.stale.length, "decision")} on what is gone`,
      "The code that they were made on is no longer there, or needs no change any more.", model.stale,
      ["forget", "Forget them", forgetStale]) : null,
  ].filter((one) => one));
}

function notice(title, text, decisions, [id, label, click]) {
  return el("details", { class: "notice" }, el("summary", {}, title), el("p", {}, text),
    el("ul", {}, decisions.map((one) => el("li", {}, `${one.verdict}: ${one.codemod} in ${one.symbol} `, el("code", {}, one.before)))),
    model.live && el("button", { id, class: "small", click }, label));
}
