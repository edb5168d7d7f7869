// The list of messages renews itself when a message has come in or the mailbox was emptied.
const list = document.querySelector("[data-newest]");

async function look() {
  try {
    const answer = await fetch("/mailbox/newest.json", { cache: "no-store" });
    const { newest } = await answer.json();
    if (String(newest) === list.dataset.newest) return;
    const page = new DOMParser().parseFromString(await (await fetch("/mailbox")).text(), "text/html");
    const fresh = page.querySelector("[data-newest]");
    list.replaceChildren(...fresh.childNodes);
    list.dataset.newest = fresh.dataset.newest;
  } catch {
    // The sandbox is being restarted: the next look will tell.
  }
}

setInterval(look, 1000);
