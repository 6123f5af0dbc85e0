// The lines of a hunk, one below the other or side by side.

import { el, show } from "./dom.js";
import { colourer } from "./syntax.js";

const KINDS = { " ": "same", "-": "old", "+": "new" };
const MOST_ROWS = 400; // lines that are shown at once

/** The lines as an element. */
export function codeOf(item, layout) {
  const code = el("div", { class: `code ${layout}`, role: "group", "aria-label": "Changed lines" });
  const rows = layout === "split" ? splitRows(item) : unifiedRows(item);
  code.append(...rows.slice(0, MOST_ROWS));
  if (rows.length > MOST_ROWS) {
    const more = el("button", { class: "more" }, `Show ${rows.length - MOST_ROWS} more lines`);
    more.addEventListener("click", () => more.replaceWith(...rows.slice(MOST_ROWS)));
    code.append(more);
  }
  return code;
}

function unifiedRows(item) {
  return painted(item).map(({ row }) => row);
}

/** What was removed on the left, what was added on the right, the rest on both. */
function splitRows(item) {
  const rows = [];
  let left = [];
  let right = [];
  const pair = () => {
    for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
      rows.push(el("div", { class: "pair" }, left[at] ?? blank(), right[at] ?? blank()));
    }
    left = [];
    right = [];
  };
  for (const { kind, row } of painted(item)) {
    if (kind === "-" && right.length) pair();
    if (kind === " ") {
      pair();
      rows.push(el("div", { class: "pair" }, row, row.cloneNode(true)));
      rows.at(-1).lastChild.dataset.side = "new";
    } else {
      (kind === "-" ? left : right).push(row);
    }
  }
  pair();
  return rows;
}

function blank() {
  return el("div", { class: "line blank", "aria-hidden": "true" });
}

function painted(item) {
  const colours = { "-": colourer(item.file.path), "+": colourer(item.file.path) };
  return item.lines.map(([kind, old, fresh, texts, unended]) => {
    const text = texts.join("");
    const spans = colours[kind === "-" ? "-" : "+"](text);
    if (kind === " ") colours["-"](text); // so that it also knows of texts that begin here
    const row = el("div", { class: `line ${KINDS[kind]}`, "data-old": old || "", "data-new": fresh || "" });
    const code = el("code");
    paint(code, texts, spans);
    if (unended) code.append(el("span", { class: "unended" }, "no newline at end of file"));
    row.append(code);
    return { kind, row };
  });
}

/** Appends texts that are in turn the same and changed, with colours. */
function paint(parent, texts, spans) {
  let at = 0;
  let next = 0;
  texts.forEach((text, index) => {
    const target = index % 2 ? parent.appendChild(el("mark")) : parent;
    const end = at + text.length;
    const start = at;
    while (at < end) {
      while (next < spans.length && spans[next][1] <= at) next += 1;
      const [from, to, colour] = spans[next] ?? [end, end, ""];
      if (from > at) {
        show(target, text.slice(at - start, Math.min(from, end) - start));
        at = Math.min(from, end);
      } else {
        const until = Math.min(to, end);
        target.append(el("span", { class: colour }, text.slice(at - start, until - start)));
        at = until;
      }
    }
  });
}
