// The files as a tree, and the codemods, with live counts.

import { byId, el } from "./dom.js";
import { count, filter, model } from "./model.js";

const codemods = new Map();

/** Builds the side of the page. */
export function setUpTree() {
  for (const item of model.items) {
    if (item.follows) continue;
    for (const codemod of item.codemods) codemods.set(codemod, [...(codemods.get(codemod) ?? []), item]);
  }
  byId("nav").append(
    el("h2", {}, "Files"), el("ul", { class: "tree" }, branch(folders())),
    el("h2", {}, "Codemods"), el("ul", { class: "codemods" }, [...codemods].sort().map(([name]) => el("li", {},
      el("button", { "data-codemod": name, "aria-pressed": "false" }, el("span", { class: "name" }, name), el("span", { class: "number" }))))));
}

/** The names of codemods. */
export function codemodNames() {
  return [...codemods.keys()].sort();
}

function folders() {
  const root = { folders: new Map(), files: [] };
  for (const file of model.files) {
    const names = file.path.split("/");
    let at = root;
    for (const name of names.slice(0, -1)) {
      if (!at.folders.has(name)) at.folders.set(name, { folders: new Map(), files: [] });
      at = at.folders.get(name);
    }
    at.files.push([names.at(-1), file]);
  }
  return root;
}

function branch({ folders: inner, files }) {
  return [
    ...[...inner].map(([name, folder]) => folderOf(name, folder)),
    ...files.map(([name, file]) => el("li", {}, el("button", { "data-open": file.at, id: `leaf-${file.at}` },
      el("span", { class: "dot", "aria-hidden": "true" }), el("span", { class: "name" }, name), el("span", { class: "number" })))),
  ];
}

/** A folder; one that only holds another is shown in one line with it. */
function folderOf(name, folder) {
  if (folder.folders.size === 1 && !folder.files.length) {
    const [[inside, only]] = folder.folders;
    return folderOf(`${name}/${inside}`, only);
  }
  return el("li", {}, el("details", { open: true }, el("summary", {}, name), el("ul", {}, branch(folder))));
}

/** Shows how many hunks of files and codemods are decided. */
export function refreshTree(changed) {
  for (const file of new Set(changed.map((item) => item.file))) {
    const found = count(file.items);
    const leaf = byId(`leaf-${file.at}`);
    leaf.dataset.status = summary(found);
    numbers(leaf, found);
  }
  for (const button of document.querySelectorAll("[data-codemod]")) numbers(button, count(codemods.get(button.dataset.codemod)));
}

/** Hides files without a hunk that is shown, and marks the codemod that is looked at. */
export function filterTree() {
  for (const file of model.files) byId(`leaf-${file.at}`).parentElement.hidden = !file.shown;
  for (const box of document.querySelectorAll(".tree details")) {
    box.parentElement.hidden = !box.querySelector("li:not([hidden]) > [data-open]");
  }
  for (const button of document.querySelectorAll("[data-codemod]")) {
    button.setAttribute("aria-pressed", String(button.dataset.codemod === filter.codemod));
  }
}

function summary({ total, pending, accepted }) {
  if (pending) return pending === total ? "pending" : "some";
  return accepted === total ? "accepted" : accepted ? "mixed" : "rejected";
}

function numbers(button, { total, pending }) {
  const number = button.querySelector(".number");
  number.textContent = !total ? "" : pending === total ? `${total}` : `${total - pending}/${total}`;
  number.setAttribute("aria-label", total ? `${total - pending} of ${total} decided` : "");
}
