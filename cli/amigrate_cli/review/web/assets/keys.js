// The keyboard.

import { decide, undoStep } from "./deciding.js";
import { dialog } from "./dialogs.js";
import { byId, el } from "./dom.js";
import { otherLayout } from "./filling.js";
import { choose, currentItem, neighbour } from "./listing.js";
import { model, restOf, status } from "./model.js";

/** Key, whether it decides, what it is for, what it does. */
const KEYS = [
  ["j", false, "next hunk", () => go(1)],
  ["k", false, "previous hunk", () => go(-1)],
  ["n", false, "next undecided hunk", () => go(1, { pending: true })],
  ["p", false, "previous undecided hunk", () => go(-1, { pending: true })],
  ["a", true, "accept the hunk and go on", () => judge("accepted")],
  ["r", true, "reject the hunk and go on", () => judge("rejected")],
  ["c", true, "leave the hunk undecided", () => decideOn("undecided", (item) => [item])],
  ["G", true, "accept the rest of its group", () => decideOn("accepted", (item) => restOf(item, "group"))],
  ["F", true, "accept the rest of its file", () => decideOn("accepted", (item) => restOf(item, "file"))],
  ["C", true, "accept the rest of its codemod", () => decideOn("accepted", (item) => restOf(item, "codemod"))],
  ["S", true, "accept the rest that is as sure", () => decideOn("accepted", (item) => restOf(item, "confidence"))],
  ["u", true, "undo", () => undoStep()],
  ["P", true, "plan again without what is rejected", () => byId("plan").hidden || byId("plan").click()],
  ["D", true, "take back the rejections that were planned around", () => byId("take-back")?.click()],
  ["d", true, "forget decisions on what is gone", () => byId("forget")?.click()],
  ["f", false, "only hunks of one state", () => nextState()],
  ["Escape", false, "show everything", () => byId("all").click()],
  ["/", false, "search", () => byId("search").focus()],
  ["v", false, "unified or side by side", () => otherLayout()],
  ["b", false, "show or hide the files", () => byId("side").click()],
  ["t", false, "light or dark", () => byId("theme").click()],
  ["?", false, "these keys", () => help()],
];

export function setUpKeys() {
  const available = new Map(KEYS.filter(([, decides]) => model.live || !decides).map(([key, , , run]) => [key, run]));
  document.addEventListener("keydown", (event) => {
    if (model.ended || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || byId("dialog").open) return;
    const inField = event.target.matches?.("input, select, textarea");
    if (inField && event.key === "Escape") return event.target.blur();
    const run = inField || !byId("menu").hidden ? undefined : available.get(event.key);
    if (!run) return;
    event.preventDefault();
    run();
  });
  byId("help").addEventListener("click", help);
}

function help() {
  const rows = KEYS.filter(([, decides]) => model.live || !decides)
    .map(([key, , what]) => el("div", {}, el("dt", {}, el("kbd", {}, key === "Escape" ? "Esc" : key)), el("dd", {}, what)));
  dialog("Keys", el("dl", { class: "keys" }, rows), [["", "Close", "primary"]]);
}

function go(step, wishes) {
  const next = neighbour(step, wishes);
  if (next) choose(next);
}

function nextState() {
  const buttons = [...document.querySelectorAll("[data-state]")];
  const at = buttons.findIndex((button) => button.getAttribute("aria-pressed") === "true");
  buttons[(at + 1) % buttons.length].click();
}

function decideOn(verdict, items) {
  const item = currentItem();
  if (item) decide(verdict, items(item));
}

async function judge(verdict) {
  const item = currentItem();
  if (!item || item.follows) return;
  choose(item, { focus: false });
  const next = neighbour(1, { pending: true, from: item });
  await decide(verdict, [item]);
  const done = status(item) === verdict;
  if (done && currentItem() !== next && next && status(next) === "pending") choose(next);
}
