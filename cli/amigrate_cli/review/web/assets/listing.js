// The files with their hunks, and the hunk that keys act on.

import { refusals, whenOpened } from "./about.js";
import { cardFor, cardOf, heightOf, refreshCard } from "./card.js";
import { byId, el, many } from "./dom.js";
import { count, isDecided, isPending, isShown, model } from "./model.js";

const TOP = 150; // pixels that the head of the page covers
const GAP = 20; // pixels between hunks
const HEAD = 62; // above the hunks of a file

let current = null;

/** Builds the list. */
export function setUpListing() {
  const parts = document.createDocumentFragment();
  model.files.forEach((file, at) => {
    file.at = at;
    parts.append(sectionOf(file));
  });
  if (model.refusals.length) parts.append(leftAlone());
  byId("list").append(parts);
}

function sectionOf(file) {
  const name = `file-${file.at}`;
  const fold = el("button", { class: "plain fold", "aria-expanded": "true", "aria-controls": `hunks-${file.at}` },
    el("span", { class: "icon chevron", "aria-hidden": "true" }), el("span", { class: "path", id: name }, file.path));
  const decide = model.live && file.items.some((item) => !item.follows) && [
    el("button", { class: "small", "data-file": file.at, "data-bulk": "accepted", "aria-describedby": name }, "Accept rest"),
    el("button", { class: "small", "data-file": file.at, "data-bulk": "rejected", "aria-describedby": name }, "Reject rest")];
  const hunks = el("div", { id: `hunks-${file.at}` }, file.items.map(cardOf));
  fold.addEventListener("click", () => {
    hunks.hidden = !hunks.hidden;
    fold.setAttribute("aria-expanded", String(!hunks.hidden));
  });
  const section = el("section", { class: "file", "aria-labelledby": name },
    el("header", {}, el("h2", {}, fold), el("span", { class: "tally", id: `tally-${file.at}` }), decide || null), hunks);
  const height = file.items.reduce((sum, item) => sum + heightOf(item) + GAP, HEAD);
  section.style.containIntrinsicSize = `auto ${height}px`; // what is far away is not laid out
  return section;
}

function leftAlone() {
  const box = el("details", { class: "left-alone" }, el("summary", {}, el("h2", {}, "Left as it is"), " ",
    many(model.refusals.length, "place"), ", each with its reason"));
  const byPath = Map.groupBy
    ? Map.groupBy(model.refusals, (one) => one.path)
    : model.refusals.reduce((map, one) => map.set(one.path, [...(map.get(one.path) ?? []), one]), new Map());
  return whenOpened(box, () => el("div", {}, [...byPath].map(([path, list]) =>
    el("section", {}, el("h3", {}, path), refusals(list)))));
}

/** Shows how hunks stand, in their cards and above their files. */
export function refreshListing(changed) {
  for (const item of changed) refreshCard(item, cardFor(item));
  for (const file of new Set(changed.map((item) => item.file))) {
    const { total, pending } = count(file.items);
    const decided = pending ? `${total - pending} of ${total} decided` : "decided";
    byId(`tally-${file.at}`).textContent = !total ? "" : isDecided() ? decided : many(total, "hunk");
    for (const button of cardSection(file).querySelectorAll("[data-bulk]")) button.disabled = !pending;
  }
}

function cardSection(file) {
  return byId(`hunks-${file.at}`).parentElement;
}

/** Shows the hunks that the filter lets through; gives how many. */
export function applyFilter() {
  let shown = 0;
  for (const file of model.files) {
    let here = 0;
    for (const item of file.items) {
      const wanted = isShown(item);
      cardFor(item).hidden = !wanted;
      here += wanted;
    }
    cardSection(file).hidden = !here;
    file.shown = here;
    shown += here;
  }
  byId("empty").hidden = shown > 0;
  return shown;
}

/** The hunk that keys act on: the chosen one, or the first in the window. */
export function currentItem() {
  if (current && isVisible(current)) return current;
  return inWindow()[0] ?? null;
}

function isVisible(item) {
  return !cardFor(item).hidden;
}

function visibleItems() {
  return model.items.filter((item) => isVisible(item));
}

/** The shown hunks that are in the window, or nearly. Files that are far away are not even measured. */
export function inWindow(margin = 0) {
  const isNear = (element, top) => {
    const box = element.getBoundingClientRect();
    return box.bottom > top - margin && box.top < innerHeight + margin;
  };
  return model.files.filter((file) => file.shown && isNear(cardSection(file), 0))
    .flatMap((file) => file.items)
    .filter((item) => isVisible(item) && isNear(cardFor(item), TOP));
}

/** Makes a hunk the one that keys act on; brings it into the window. */
export function choose(item, { focus = true } = {}) {
  if (current) cardFor(current).classList.remove("current");
  current = item;
  const card = cardFor(item);
  card.classList.add("current");
  if (!focus) return;
  const hunks = byId(`hunks-${item.file.at}`);
  if (hunks.hidden) cardSection(item.file).querySelector(".fold").click();
  const { top, bottom } = card.getBoundingClientRect();
  if (top < TOP || bottom > innerHeight - 20) card.scrollIntoView({ block: "start" });
  card.focus({ preventScroll: true });
}

/** The next or previous of the hunks that are shown; of the undecided ones, if asked for, also the first or last. */
export function neighbour(step, { pending = false, from = currentItem() } = {}) {
  if (from && from !== current && (!pending || isPending(from))) return from; // none is chosen yet: begin with what is seen
  const items = visibleItems();
  const at = items.indexOf(from);
  const ahead = step > 0 ? items.slice(at + 1) : items.slice(0, Math.max(at, 0)).reverse();
  if (!pending) return ahead[0] ?? null;
  const behind = step > 0 ? items.slice(0, Math.max(at, 0)) : items.slice(at + 1).reverse();
  return [...ahead, ...behind].find(isPending) ?? null;
}
