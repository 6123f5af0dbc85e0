// Steps of the review: asked of the server one after the other, and shown when they are saved.

import { dialog, mayFall, place, toast } from "./dialogs.js";
import { byId, el, many, say } from "./dom.js";
import { choose } from "./listing.js";
import { companions, count, model, stand, status } from "./model.js";
import { ask } from "./server.js";

const DONE = { accepted: "Accepted", rejected: "Rejected", undecided: "Undecided again" };

let queue = Promise.resolve();
let refresh = () => {};

/** `shown` is called with the hunks that stand otherwise than before. */
export function setUpDeciding(shown) {
  refresh = shown;
}

/** Accepts, rejects or clears hunks. */
export function decide(verdict, items) {
  if (!items.length) return toast("There is nothing left to decide.");
  const ids = items.map((item) => item.id);
  return step(async () => {
    if (verdict === "rejected") {
      const fall = await ask("/fall", { items: ids });
      if (fall.items.length && !(await mayFall(items, fall))) return null;
    }
    if (verdict === "accepted" && items.length === 1 && status(items[0]) === "fallen") return explainFall(items[0]);
    const state = await ask("/decide", { verdict, items: ids });
    return [state, `${DONE[verdict]}: ${items.length === 1 ? place(items[0]) : many(items.length, "hunk")}.`];
  });
}

/** Takes the last step back. */
export function undoStep() {
  if (!model.steps) return toast("There is no step to take back.");
  return step(async () => [await ask("/undo", {}), "Taken back.", choose]);
}

export function forgetStale() {
  return step(async () => [await ask("/forget", {}), "Forgotten."]);
}

/** Plans again without what is rejected, or with it again; all hunks may be others then. */
export function planAgain(path) {
  return step(async () => {
    document.documentElement.dataset.busy = "";
    say("Planning again.");
    try {
      return [await ask(path, {}), ""];
    } finally {
      delete document.documentElement.dataset.busy;
    }
  });
}

/** What another window has decided in the meantime. */
export function lookAgain() {
  return step(async () => [await ask("/state"), ""]);
}

export function finish() {
  return step(async () => {
    await ask("/finish", {});
    const { accepted, rejected, fallen, pending } = count(model.items);
    model.ended = true;
    document.documentElement.dataset.ended = "";
    document.body.append(el("main", { class: "ended", tabindex: "-1" }, el("h1", {}, "The review has ended"),
      el("p", {}, `${accepted} accepted, ${rejected} rejected, ${fallen} fall with these, ${pending} not decided. All of it is saved.`),
      el("p", {}, "You can close this page; the terminal says where the decisions are.")));
    document.body.lastChild.focus();
    return null;
  });
}

async function explainFall(item) {
  const cause = companions(item).find((other) => status(other) === "rejected");
  const group = [item, ...companions(item)];
  const content = el("p", {}, `It works only together with ${cause ? place(cause) : "what"}, which is rejected.`);
  const answer = await dialog("This hunk falls with its group", content,
    [["", "Leave it", ""], ["yes", `Accept all ${group.length} of the group`, "primary"]]);
  if (answer !== "yes") return null;
  return [await ask("/decide", { verdict: "accepted", items: group.map((one) => one.id) }), `Accepted: ${many(group.length, "hunk")}.`];
}

function step(work) {
  queue = queue.then(work).then((done) => {
    if (!done) return;
    const [state, words, then] = done;
    if (state.edition !== model.edition) return location.reload();
    const changed = stand(state);
    refresh(changed);
    if (then && changed.length) then(changed[0]);
    if (words) say(`${words} ${byId("tally").textContent}.`);
  }).catch((error) => toast(error.message));
  return queue;
}
