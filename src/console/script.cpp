#include "console/script.hpp"

namespace tollgate::console {

// The server alone writes what a state looks like: on a change the script fetches the page and puts
// its <main> in place of the present one, without a reload.
constinit const Markup page_script = R"js(
(() => {
  "use strict";
  const main = () => document.querySelector("main");
  const final = () => main().dataset.final === "1";
  let source = null, fetching = false, skew = 0;

  const clock = () => {
    const time = document.querySelector("time[data-expires]");
    if (!time) return;
    const left = Math.max(0, Math.ceil((+time.dataset.expires - Date.now() - skew) / 1000));
    const two = (n) => String(n).padStart(2, "0");
    const hours = Math.floor(left / 3600), minutes = Math.floor(left / 60) % 60;
    time.textContent = (hours ? hours + ":" + two(minutes) : minutes) + ":" + two(left % 60);
    time.parentElement.classList.toggle("soon", left < 60);
    if (left === 0) { time.removeAttribute("data-expires"); setTimeout(refresh, 500, true); }
  };

  const setup = () => {
    const time = document.querySelector("time[data-expires]");
    if (time) skew = +time.dataset.now - Date.now();
    clock();
  };

  const refresh = async (always) => {
    if (fetching) return;
    fetching = true;
    try {
      const answer = await fetch(main().dataset.page, {cache: "no-store"});
      if (!answer.ok) throw new Error("not now");
      const text = await answer.text();
      const part = text.slice(text.indexOf("<main"), text.indexOf("</main>") + 7);
      const next = new DOMParser().parseFromString(part, "text/html").querySelector("main");
      if (next.dataset.status !== main().dataset.status || always) {
        main().replaceWith(document.adoptNode(next));
        document.title = main().dataset.title;
        document.getElementById("live").textContent = main().dataset.heading;
        setup();
      }
      if (final()) close();
    } catch {
      setTimeout(refresh, 2000, always);
    } finally {
      fetching = false;
    }
  };

  const close = () => { if (source) source.close(); source = null; };

  const listen = () => {
    if (source || final()) return;
    source = new EventSource(main().dataset.events);
    source.addEventListener("status", (event) => {
      const status = JSON.parse(event.data).status;
      if (status !== "unpaid") close();
      if (status !== main().dataset.status) refresh();
    });
    source.addEventListener("error", () => {
      if (!source || source.readyState !== EventSource.CLOSED) return;
      source = null;
      setTimeout(listen, 5000);
    });
  };

  // WeChat's browser pays by itself; what it says of it is not believed, the channel is asked.
  const bridge = (button) => {
    const pay = () => WeixinJSBridge.invoke(
      "getBrandWCPayRequest", JSON.parse(button.dataset.bridge),
      (answer) => {
        if (answer.err_msg === "get_brand_wcpay_request:ok")
          location.assign(button.dataset.return);
      });
    if (window.WeixinJSBridge) pay();
    else document.addEventListener("WeixinJSBridgeReady", pay, {once: true});
  };

  const leave = () => {
    if (location.pathname.endsWith("/pay")) history.replaceState(null, "", main().dataset.page);
    const way = document.querySelector("[data-leave],[data-bridge]");
    if (!way || main().dataset.go !== "1") return;
    history.replaceState(null, "", main().dataset.page);
    if (way.dataset.bridge) bridge(way); else if (way.href) way.click(); else way.submit();
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-bridge]");
    if (button) bridge(button);
  });

  document.addEventListener("submit", (event) => event.target.classList.add("busy"));
  document.addEventListener("visibilitychange", () => {
    if (document.hidden || final()) return;
    refresh();
    listen();
  });
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form.busy")) form.classList.remove("busy");
  });
  setup();
  setInterval(clock, 1000);
  listen();
  leave();
})();
)js";

}  // namespace tollgate::console
