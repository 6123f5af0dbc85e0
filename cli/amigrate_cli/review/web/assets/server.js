// Requests to the server of this page, with the token that came after the # of its address.

const KEPT = "amigrate-token";
let token = "";

/** Takes the token out of the address, so that it is not left in the history or copied with it. */
export function takeToken() {
  token = location.hash.slice(1);
  if (token) {
    history.replaceState(null, "", location.pathname);
    sessionStorage.setItem(KEPT, token);
  } else {
    token = sessionStorage.getItem(KEPT) ?? "";
  }
}

/** What the server answers. Throws an Error with what to tell the user. */
export async function ask(path, body) {
  const headers = { "X-Amigrate-Token": token };
  const options = body === undefined ? { headers } : {
    method: "POST", headers: { ...headers, "Content-Type": "application/json" }, body: JSON.stringify(body),
  };
  let answer;
  try {
    answer = await fetch(path, { ...options, credentials: "omit", cache: "no-store" });
  } catch {
    throw new Error("The review has ended: amigrate does not answer any more. All decisions so far are saved.");
  }
  const data = await answer.json();
  if (!answer.ok) throw new Error(data.error);
  return data;
}
