// What is said beside a hunk: why it is, what it hangs on, what is left alone near it.

import { el, many } from "./dom.js";
import { companions, model, shortName, status } from "./model.js";
import { place } from "./dialogs.js";

const MOST_LINKS = 40; // links in one list

/** The text beside a hunk. */
export function aboutOf(item) {
  return el("div", { class: "about" },
    el("ul", { class: "reasons" }, item.reasons.map(([codemod, reason, sure]) =>
      el("li", {}, el("span", { class: "codemod" }, codemod), " ", reason,
        sure !== "safe" && [" ", el("span", { class: `sure ${sure}` }, sure)]))),
    linked("Works only with", item, item.needs),
    linked("Needed by", item, item.neededBy),
    together(item),
    near(item));
}

/** Why a hunk falls, or is there without a decision of its own; null when there is nothing to say. */
export function remarkOf(item) {
  if (item.follows) return el("p", { class: "remark" }, "Comes with the changes that use it: nothing to decide.");
  if (status(item) !== "fallen") return null;
  const cause = companions(item).find((other) => status(other) === "rejected");
  return el("p", { class: "remark" }, "Not made, as it works only together with ", cause ? link(cause) : "what", ", which is rejected.");
}

function linked(title, item, symbols) {
  if (!symbols.length) return null;
  const names = symbols.slice(0, MOST_LINKS).map(([symbol, at]) =>
    el("li", {}, at < 0 ? symbol : link(model.items[at], shortName(symbol, item))));
  return el("div", { class: "linked" }, el("span", {}, title), el("ul", { class: "places" }, names));
}

function together(item) {
  const others = companions(item);
  if (!others.length) return null;
  const files = new Set(others.map((other) => other.file)).size;
  const summary = `${item.follows ? "Comes with" : "Falls with"} ${many(others.length, item.follows ? "hunk" : "other hunk")}` + (files > 1 ? ` in ${files} files` : "");
  const box = el("details", { class: "together" }, el("summary", {}, summary));
  return whenOpened(box, () => el("ul", { class: "places" }, others.slice(0, MOST_LINKS).map((other) => el("li", {}, link(other))),
    others.length > MOST_LINKS && el("li", {}, `and ${others.length - MOST_LINKS} more: `,
      el("button", { class: "link", "data-group": item.groups[0] }, "show the group"))));
}

function near(item) {
  if (!item.near.length) return null;
  const box = el("details", { class: "near" }, el("summary", {}, `Left alone nearby: ${item.near.length}`));
  return whenOpened(box, () => refusals(item.near));
}

/** What is left alone, as a list: each reason once, with its lines. */
export function refusals(list) {
  const byReason = new Map();
  for (const one of list) {
    const key = `${one.reason}\n${one.suggestion}`;
    byReason.set(key, [...(byReason.get(key) ?? []), one]);
  }
  return el("ul", { class: "refusals" }, [...byReason.values()].map((same) => {
    const lines = [...new Set(same.map((one) => one.line))].join(", ");
    return el("li", {}, el("span", { class: "line-number" }, `line${same.length > 1 ? "s" : ""} ${lines}`), " ", same[0].reason,
      same[0].suggestion && el("span", { class: "suggestion" }, same[0].suggestion));
  }));
}

/** Fills a <details> when it is first opened. */
export function whenOpened(box, fill) {
  box.addEventListener("toggle", () => box.append(fill()), { once: true });
  return box;
}

function link(item, text) {
  return el("button", { class: "link", "data-go": item.at }, text ?? place(item));
}
