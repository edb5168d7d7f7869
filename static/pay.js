/* The pay page works without this file; it only saves the customer a reload and tells the sender that the page was seen. */
(() => {
  "use strict";
  const main = document.querySelector("main");
  if (!main) return;
  const ask = (url, options) => fetch(url, { credentials: "same-origin", cache: "no-store", ...options, headers: { "X-Paydesk": "1" } });

  const SIGNS = ["pointerdown", "pointermove", "keydown", "scroll", "touchstart"];
  const listen = (sign) => SIGNS.forEach((name) => addEventListener(name, sign, { passive: true }));
  const unlisten = (sign) => SIGNS.forEach((name) => removeEventListener(name, sign));

  /* The page is read again unless that would take from the customer what is being typed, or the way to Stripe. */
  function renew() {
    const amount = document.getElementById("amount");
    const typing = amount && (amount === document.activeElement || amount.value !== amount.defaultValue);
    const notice = document.querySelector("[data-changed]");
    if (typing && notice) notice.hidden = false;
    else if (!document.querySelector("form[data-sent]")) location.reload();
  }

  function watch(url) {
    const { state, due, version } = main.dataset;
    const since = Date.now();
    const waits = !["open", "unavailable", "unheard"].includes(state);
    let alive = since;
    let asleep = false;
    const pause = () => (!waits ? 3000 : Date.now() - since < 60000 ? 2000 : 5000);
    const again = () => setTimeout(look, pause());
    async function look() {
      if (document.hidden) {
        document.addEventListener("visibilitychange", look, { once: true });
        return;
      }
      asleep = !waits && Date.now() - alive > 600000;
      if (asleep) return;
      try {
        const answer = await ask(url);
        if (answer.status === 404) return;
        const news = answer.ok ? await answer.json() : { state, due, version };
        /* Coming from Stripe's page again is another question to Stripe; news that got lost does not come by itself. */
        const lost = state === "confirming" && Date.now() - since > 20000;
        if (answer.status === 410 || news.state !== state || news.due !== due || String(news.version) !== version || lost) renew();
      } catch {
        /* offline for a moment: the next look tells */
      }
      again();
    }
    listen(() => {
      alive = Date.now();
      if (asleep) look();
      asleep = false;
    });
    again();
  }

  /* Seen by a person: visible for two seconds with a sign of life, or five without. Mail scanners do neither. */
  function seen(url) {
    let visible = 0;
    let alive = false;
    const sign = () => (alive = true);
    listen(sign);
    const timer = setInterval(() => {
      if (document.hidden) return;
      visible += 250;
      if (visible < (alive ? 2000 : 5000)) return;
      clearInterval(timer);
      unlisten(sign);
      ask(url, { method: "POST", keepalive: true }).catch(() => {});
    }, 250);
  }

  /* The button names the amount that is typed, where it can mean only one; its words stay where it might not. */
  function named(typed, currency) {
    const write = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency, numberingSystem: "latn", useGrouping: "always" });
    const places = write.resolvedOptions().maximumFractionDigits;
    const latin = typed.trim().replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => digit.charCodeAt(0) & 15).replace("\u066b", ".");
    const plain = places < 3 ? latin.replace(/[,\u060c]/, ".") : latin;
    const isOne = /^[0-9]{1,12}(\.[0-9]+)?$/.test(plain) && (plain.split(".")[1] || "").length <= places;
    return isOne && Number(plain) > 0 ? write.format(Number(plain)).replace(/\u200f/g, "") : "";
  }

  const field = document.getElementById("amount");
  const button = document.querySelector("button[data-label]");
  if (field && button) {
    const otherwise = button.textContent;
    const name = () => {
      const amount = named(field.value, button.dataset.currency);
      button.textContent = amount ? button.dataset.label.replace("{}", amount) : otherwise;
    };
    field.addEventListener("input", name);
    name();
  }

  const buttons = () => document.querySelectorAll("form[data-pay] button");
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form[data-pay]");
    if (!form) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    setTimeout(() => buttons().forEach((button) => {
      button.disabled = true;
      button.setAttribute("aria-busy", "true");
    }));
  });
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    document.querySelectorAll("form[data-pay]").forEach((form) => delete form.dataset.sent);
    buttons().forEach((button) => {
      button.disabled = false;
      button.removeAttribute("aria-busy");
    });
  });

  /* The answer to a refused press is a page like any other: coming back to it must not press again. */
  history.replaceState(null, "", location.href);
  if (main.dataset.statusUrl) watch(main.dataset.statusUrl);
  if (main.dataset.viewedUrl) seen(main.dataset.viewedUrl);
})();
