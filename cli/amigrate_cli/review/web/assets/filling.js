// Which cards are drawn: those near the window at once, the others when there is nothing else to do.

import { cardFor, fillCard } from "./card.js";
import { byId } from "./dom.js";
import { inWindow } from "./listing.js";
import { model } from "./model.js";
import { remember, remembered } from "./theme.js";

let layout = "unified";
let next = 0; // cards before this one are drawn
let waiting = false;
let watcher = null;

/** Watches the cards. */
export function setUpFilling() {
  layout = remembered("layout", "unified") === "split" ? "split" : "unified";
  showLayout();
  watcher = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      draw(target);
      watcher.unobserve(target);
    }
  }, { rootMargin: "1000px 0px" });
  watch();
  for (const name of ["unified", "split"]) byId(name).addEventListener("click", () => setLayout(name));
  whenIdle();
}

export function otherLayout() {
  setLayout(layout === "split" ? "unified" : "split");
}

/** Draws the card of a hunk that is about to be shown. */
export function draw(card) {
  fillCard(model.items[Number(card.id.slice("hunk-".length))], card, layout);
}

function setLayout(name) {
  if (layout === name) return;
  layout = name;
  remember("layout", name);
  const shown = inWindow(500).map(cardFor);
  const anchor = shown.find((card) => card.getBoundingClientRect().bottom > 150);
  const before = anchor?.getBoundingClientRect().top;
  shown.forEach(draw);
  if (anchor) scrollBy(0, anchor.getBoundingClientRect().top - before);
  showLayout();
  next = 0;
  watch();
  whenIdle();
}

function watch() {
  for (const item of model.items) watcher.observe(cardFor(item));
}

function showLayout() {
  for (const name of ["unified", "split"]) byId(name).setAttribute("aria-pressed", String(name === layout));
  document.documentElement.dataset.layout = layout;
}

function whenIdle() {
  if (waiting || next >= model.items.length) return;
  waiting = true;
  const idle = globalThis.requestIdleCallback ?? ((work) => setTimeout(() => work({ timeRemaining: () => 8 }), 30));
  idle((deadline) => {
    waiting = false;
    while (next < model.items.length && deadline.timeRemaining() > 3) {
      draw(cardFor(model.items[next]));
      next += 1;
    }
    whenIdle();
  });
}
