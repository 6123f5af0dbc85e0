// What is shown of it all: the filter, the counts, and decisions on all that is shown.

import { byId, el, many } from "./dom.js";
import { count, filter, isDecided, isPending, isShown, model, NO_FILTER, WORDS } from "./model.js";
import { codemodNames } from "./tree.js";

const STATES = ["", "pending", "accepted", "rejected", "fallen"];

/** Builds the bar. `changed` is called when the user has changed the filter. */
export function setUpToolbar(changed) {
  const set = (name, value) => {
    filter[name] = value;
    changed();
  };
  const select = (name, label, values) => el("label", { class: "choice" }, el("span", { class: "unseen" }, label),
    el("select", { id: `by-${name}`, change: (event) => set(name, event.target.value) },
      el("option", { value: "" }, label), values.map((value) => el("option", { value }, value))));
  byId("bar").append(
    el("div", { class: "states", role: "group", "aria-label": "Which hunks" }, STATES.map((state) =>
      el("button", { "data-state": state, "aria-pressed": "false", click: () => set("status", state) },
        WORDS[state] ?? "All", el("span", { class: "number" })))),
    select("codemod", "Every codemod", codemodNames()),
    select("confidence", "Any confidence", [...new Set(model.items.map((item) => item.confidence))].sort()),
    el("button", { id: "group", class: "small", hidden: true, "aria-label": "Show more than this group", click: () => set("group", -1) }, "One group ×"),
    el("span", { class: "space" }),
    el("span", { id: "shown" }),
    ...(model.live ? [
      el("button", { id: "accept-shown", class: "small", "data-bulk": "accepted" }),
      el("button", { id: "reject-shown", class: "small", "data-bulk": "rejected" })] : []));
  let timer;
  byId("search").addEventListener("input", (event) => {
    clearTimeout(timer);
    timer = setTimeout(() => set("text", event.target.value.trim()), 120);
  });
  byId("all").addEventListener("click", () => showOnly({}, changed));
}

/** Sets the filter to these wishes and no other. */
export function showOnly(wishes, changed) {
  Object.assign(filter, NO_FILTER, wishes);
  byId("search").value = filter.text;
  changed();
}

/** The undecided hunks that are shown. */
export function shownPending() {
  return model.items.filter((item) => isPending(item) && isShown(item));
}

/** Shows the filter, and how all hunks stand. */
export function refreshToolbar() {
  const found = count(model.items);
  for (const button of document.querySelectorAll("[data-state]")) {
    const state = button.dataset.state;
    button.setAttribute("aria-pressed", String(filter.status === state));
    button.lastChild.textContent = (state ? found[state] : found.total).toLocaleString("en");
  }
  byId("by-codemod").value = filter.codemod;
  byId("by-confidence").value = filter.confidence;
  byId("group").hidden = filter.group < 0;
  const decided = found.total - found.pending;
  byId("tally").textContent = isDecided()
    ? `${decided.toLocaleString("en")} of ${found.total.toLocaleString("en")} decided`
    : `${many(found.total, "hunk")} in ${many(model.files.length, "file")}`;
  byId("bar").querySelector(".states").hidden = !isDecided();
  for (const part of byId("progress").children) {
    part.style.width = `${found.total ? (100 * found[part.className]) / found.total : 0}%`;
  }
  if (!model.live) return;
  byId("undo").disabled = !model.steps;
  const shown = shownPending().length;
  for (const [name, verb] of [["accept-shown", "Accept"], ["reject-shown", "Reject"]]) {
    byId(name).hidden = !shown;
    const number = shown.toLocaleString("en");
    byId(name).textContent = shown === found.total ? `${verb} all ${number}` : `${verb} ${number}`;
    byId(name).setAttribute("aria-label", `${byId(name).textContent} that are shown`);
  }
}
