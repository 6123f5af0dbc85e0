// Questions and explanations on top of the page.

import { byId, el, many } from "./dom.js";
import { model, shortName } from "./model.js";

const MOST_NAMED = 12; // hunks that are named

/** Shows a dialog; gives the value of the button that closed it, "" for Escape. */
export function dialog(title, content, buttons) {
  const box = byId("dialog");
  box.replaceChildren(
    el("form", { method: "dialog" },
      el("h2", { id: "dialog-title" }, title),
      content,
      el("div", { class: "actions" }, buttons.map(([value, text, kind]) =>
        el("button", { value, class: kind, autofocus: kind.startsWith("primary") }, text)))),
  );
  box.returnValue = "";
  box.showModal();
  return new Promise((resolve) => box.addEventListener("close", () => resolve(box.returnValue), { once: true }));
}

/** Asks whether what falls with a rejection may fall. */
export async function mayFall(rejected, fall) {
  const fallen = fall.items.map((id) => model.items.find((item) => item.id === id));
  const files = new Set(fallen.map((item) => item.file)).size;
  const accepted = fall.accepted ? `, ${fall.accepted.toLocaleString("en")} of them accepted` : "";
  const content = el("div", {},
    el("p", {}, `What belongs together is made as a whole or not at all. ${many(fallen.length, "more hunk")} ` +
      `in ${many(files, "file")} would not be made${accepted}:`),
    el("ul", { class: "places" }, fallen.slice(0, MOST_NAMED).map((item) => el("li", {}, place(item))),
      fallen.length > MOST_NAMED && el("li", { class: "quiet" }, `and ${many(fallen.length - MOST_NAMED, "more")}`.replace(/s$/, ""))));
  const title = rejected.length === 1 ? "Rejecting this hunk drops its group" : `Reject ${many(rejected.length, "hunk")}?`;
  return (await dialog(title, content, [["", "Cancel", ""], ["yes", `Reject all ${fallen.length + rejected.length}`, "primary danger"]])) === "yes";
}

/** Where a hunk is, in a few words. */
export function place(item) {
  const name = shortName(item.symbol, item);
  return `${item.file.path}:${item.line}${name ? ` ${name}` : ""}`;
}

/** An error, or a remark, that is seen for some seconds. */
export function toast(text) {
  const box = byId("toast");
  box.replaceChildren(el("p", {}, text));
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => box.replaceChildren(), 8000);
}
