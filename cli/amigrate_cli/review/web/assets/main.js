// The page: gets what it shows, builds the parts, and hands on what the user does.

import { cardFor } from "./card.js";
import { decide, finish, lookAgain, planAgain, setUpDeciding, undoStep } from "./deciding.js";
import { toast } from "./dialogs.js";
import { byId, el, many } from "./dom.js";
import { setUpFilling } from "./filling.js";
import { setUpKeys } from "./keys.js";
import { applyFilter, choose, refreshListing, setUpListing } from "./listing.js";
import { showNotices } from "./notices.js";
import { openMenu, setUpMenu } from "./menu.js";
import { companions, filter, isPending, load, model, restOf, stand, status } from "./model.js";
import { ask, takeToken } from "./server.js";
import { setUpTheme } from "./theme.js";
import { filterTree, refreshTree, setUpTree } from "./tree.js";
import { refreshToolbar, setUpToolbar, shownPending, showOnly } from "./toolbar.js";

async function start() {
  setUpTheme();
  const embedded = byId("data").textContent;
  let found;
  if (!embedded) takeToken();
  try {
    found = embedded ? JSON.parse(embedded) : await ask("/review");
  } catch (error) {
    byId("list").append(el("p", { class: "failed" }, error.message));
    return;
  }
  build(found.content, found.state, !embedded);
}

function build(content, state, live) {
  load(content, live);
  document.documentElement.dataset.live = String(live);
  document.title = `${model.title}: amigrate review`;
  byId("title").textContent = model.title;
  stand(state);
  setUpListing();
  setUpTree();
  setUpToolbar(filtered);
  setUpMenu();
  setUpKeys();
  setUpSide();
  setUpDeciding(refreshed);
  document.addEventListener("click", clicked);
  byId("undo").addEventListener("click", undoStep);
  byId("plan").addEventListener("click", () => planAgain("/plan"));
  byId("finish").addEventListener("click", finish);
  if (live) document.addEventListener("visibilitychange", () => document.hidden || model.ended || lookAgain());
  if (!model.items.length) byId("empty").replaceChildren("There is nothing to change.");
  refreshed(model.items);
  filtered();
  setUpFilling();
  goOn();
}

/** Goes to where an earlier review stopped. */
function goOn() {
  const first = model.items.find(isPending);
  if (model.live && first && model.items.some((item) => !item.follows && !isPending(item))) choose(first);
}

function refreshed(changed) {
  refreshListing(changed);
  refreshTree(changed);
  refreshToolbar();
  showNotices();
}

function filtered() {
  const shown = applyFilter();
  byId("shown").textContent = shown === model.items.length ? "" : `${many(shown, "hunk")} shown`;
  filterTree();
  refreshToolbar();
}

function clicked(event) {
  const button = event.target.closest("button");
  const card = event.target.closest("article.hunk");
  const item = card && model.items[Number(card.id.slice("hunk-".length))];
  if (item) choose(item, { focus: false });
  if (!button) return;
  const { verdict, bulk, file, go, group, open, codemod } = button.dataset;
  if (verdict) decide(status(item) === verdict ? "undecided" : verdict, [item]);
  else if (bulk) decide(bulk, file === undefined ? shownPending() : model.files[file].items.filter(isPending));
  else if (go) goTo(model.items[go]);
  else if (group) showOnly({ group: Number(group) }, filtered);
  else if (open) goTo(model.files[open].items.find((one) => !cardFor(one).hidden));
  else if (codemod) showOnly({ codemod: filter.codemod === codemod ? "" : codemod }, filtered);
  else if (button.classList.contains("more-actions")) openMenu(button, entries(item));
}

/** Goes to a hunk, also when the filter hides it. */
function goTo(item) {
  if (cardFor(item).hidden) showOnly({}, filtered);
  choose(item);
}

function entries(item) {
  const rest = (same, text) => {
    const items = restOf(item, same);
    return items.length > 1 && [`Accept ${text} (${items.length})`, () => decide("accepted", items)];
  };
  const others = companions(item).length;
  const reject = (same, text) => {
    const items = restOf(item, same);
    return items.length > 1 && [`Reject ${text} (${items.length})`, () => decide("rejected", items)];
  };
  return [
    rest("group", "the rest of its group"),
    rest("file", "the rest of this file"),
    rest("codemod", `the rest of ${item.codemods[0]}`),
    rest("confidence", `the rest that is “${item.confidence}”`),
    reject("file", "the rest of this file"),
    reject("codemod", `the rest of ${item.codemods[0]}`),
    null,
    others > 0 && [`Show only its group (${others + 1})`, () => showOnly({ group: item.groups[0] }, filtered)],
    ["Leave undecided", () => decide("undecided", [item])],
  ].filter((entry, at, all) => entry !== false && (entry !== null || all.slice(0, at).some(Boolean)));
}

function setUpSide() {
  const root = document.documentElement;
  const button = byId("side");
  const set = (open) => {
    root.dataset.side = open ? "open" : "closed";
    button.setAttribute("aria-expanded", String(open));
  };
  set(innerWidth > 900);
  button.addEventListener("click", () => set(root.dataset.side !== "open"));
  // What sticks below the bar has to know how many lines it takes.
  const bar = byId("bar");
  new ResizeObserver(() => root.style.setProperty("--bar", `${bar.offsetHeight}px`)).observe(bar);
}

addEventListener("unhandledrejection", (event) => toast(String(event.reason?.message ?? event.reason)));
start();
