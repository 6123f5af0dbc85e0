// One hunk: a heading at once, and the rest when it comes near the window.

import { aboutOf, remarkOf } from "./about.js";
import { codeOf } from "./code.js";
import { byId, el } from "./dom.js";
import { model, shortName, status, WORDS } from "./model.js";

const LINE = 20; // pixels, for the height of what is not drawn yet

/** The hunk as an empty card of about its later height. */
export function cardOf(item) {
  const card = el("article", { class: "hunk", id: `hunk-${item.at}`, tabindex: "-1", "aria-labelledby": `name-${item.at} state-${item.at}` },
    el("header", {},
      el("h3", { id: `name-${item.at}` }, el("span", { class: "symbol" }, shortName(item.symbol, item) || "at the top of the file"), " ",
        el("span", { class: "line-number" }, `line ${item.line}`)),
      el("span", { class: "state", id: `state-${item.at}` })));
  card.style.containIntrinsicSize = `auto ${heightOf(item)}px`;
  refreshCard(item, card);
  return card;
}

/** About how high a card will be, in pixels. */
export function heightOf(item) {
  return 62 + LINE * Math.max(item.lines.length, 2 + item.reasons.length * 2);
}

/** The card of a hunk. */
export function cardFor(item) {
  return byId(`hunk-${item.at}`);
}

/** Draws what is missing in a card, or is drawn for another layout. */
export function fillCard(item, card, layout) {
  if (card.dataset.layout === layout) return;
  if (!card.dataset.layout) {
    if (item.confidence !== "safe") card.firstChild.append(el("span", { class: `sure ${item.confidence}` }, item.confidence));
    if (model.live && !item.follows) card.firstChild.append(actions(item));
    card.append(el("div", { class: "columns" }, codeOf(item, layout), aboutOf(item)));
  } else {
    card.querySelector(".code").replaceWith(codeOf(item, layout));
  }
  card.dataset.layout = layout;
  refreshCard(item, card);
}

/** Shows how a hunk stands. */
export function refreshCard(item, card) {
  const now = status(item);
  card.dataset.status = item.follows ? `follows-${now}` : now;
  card.querySelector(".state").textContent = item.follows ? (now === "fallen" ? "Not needed" : "Follows") : WORDS[now];
  card.querySelector(".remark")?.remove();
  const remark = card.dataset.layout && remarkOf(item);
  if (remark) card.querySelector(".about").prepend(remark);
  for (const button of card.querySelectorAll("[data-verdict]")) {
    button.setAttribute("aria-pressed", String(button.dataset.verdict === now));
  }
}

function actions(item) {
  const about = `name-${item.at}`;
  const button = (verdict, text) =>
    el("button", { class: verdict, "data-verdict": verdict, "aria-pressed": "false", "aria-describedby": about }, text);
  return el("div", { class: "verdicts" }, button("accepted", "Accept"), button("rejected", "Reject"),
    el("button", { class: "plain more-actions", "aria-haspopup": "menu", "aria-label": "More decisions", "aria-describedby": about }, "⋯"));
}
