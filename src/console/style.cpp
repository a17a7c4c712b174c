#include "console/style.hpp"

namespace tollgate::console {

constinit const Markup style_sheet = R"css(
:root{color-scheme:light dark;--bg:#f3f4f7;--card:#fff;--tint:#f8f9fb;--ink:#15181e;--soft:#5b6472;
  --line:#e5e8ee;--accent:#1f5eff;--on-accent:#fff;--good:#12a150;--bad:#d13438;--warn-bg:#fff4e5;
  --warn:#8a4b00;--shadow:0 1px 2px rgba(16,24,40,.05),0 12px 32px rgba(16,24,40,.07)}
@media(prefers-color-scheme:dark){:root{--bg:#0e1116;--card:#171b22;--tint:#1c2129;--ink:#eef1f6;
  --soft:#9aa4b2;--line:#2a313c;--accent:#6b96ff;--on-accent:#0b1220;--good:#3ccb7f;--bad:#ff6b6b;
  --warn-bg:#33260f;--warn:#ffc37a;--shadow:0 1px 2px rgba(0,0,0,.4),0 12px 32px rgba(0,0,0,.35)}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;min-height:100vh;min-height:100dvh;display:flex;flex-direction:column;
  align-items:center;background:var(--bg);color:var(--ink);font:16px/1.5 system-ui,-apple-system,
  "Segoe UI",Roboto,"PingFang SC","Hiragino Sans GB","Microsoft YaHei","Noto Sans CJK SC",
  "Noto Sans",sans-serif;-webkit-font-smoothing:antialiased}
h1,h2,h3,p,ul,dl,dd,figure{margin:0;padding:0}
.top{width:100%;max-width:920px;padding:18px 20px 14px;display:flex;align-items:center;gap:8px;
  color:var(--soft);font-size:14px;font-weight:500}
.ico{width:18px;height:18px;flex:none;fill:none;stroke:currentColor;stroke-width:1.8;
  stroke-linecap:round;stroke-linejoin:round}
main{width:100%;max-width:460px;background:var(--card);display:flex;flex-direction:column;
  overflow:hidden;border-block:1px solid var(--line)}
.head{padding:28px 24px 24px;text-align:center;border-bottom:1px solid var(--line);
  background:var(--tint)}
.head h1{font-size:16px;font-weight:500;color:var(--soft);overflow-wrap:anywhere;
  display:-webkit-box;-webkit-box-orient:vertical;-webkit-line-clamp:3;overflow:hidden}
.due{margin-top:14px;font-size:13px;color:var(--soft)}
.amount{display:block;font-size:46px;line-height:1.15;font-weight:650;letter-spacing:-.025em;
  font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.amount.long{font-size:32px}
.amount small{font-size:.55em;font-weight:600;margin-right:.12em;vertical-align:.32em;
  letter-spacing:0}
.amount abbr{font-size:14px;font-weight:500;color:var(--soft);margin-left:.5em;letter-spacing:.02em;
  text-decoration:none;white-space:nowrap}
.count{display:inline-flex;gap:8px;align-items:center;margin-top:14px;padding:5px 12px;
  border-radius:99px;background:var(--card);border:1px solid var(--line);font-size:13px;
  color:var(--soft)}
.count time{color:var(--ink);font-weight:600;font-variant-numeric:tabular-nums}
.count.soon time{color:var(--bad)}
.panel{padding:26px 24px 28px}
.panel h2{font-size:18px;line-height:1.35;font-weight:620;text-align:center;letter-spacing:-.01em}
.panel h3{font-size:13px;font-weight:500;color:var(--soft);text-align:center}
.hint{margin-top:8px;color:var(--soft);font-size:14px;text-align:center;text-wrap:balance}
.alert{margin-top:16px;padding:12px 14px;border-radius:12px;background:var(--warn-bg);
  color:var(--warn);font-size:14px}
.choices{display:grid;gap:12px;margin-top:18px}
.choice{width:100%;min-height:68px;padding:14px 16px;display:flex;align-items:center;gap:14px;
  border:1px solid var(--line);border-radius:16px;background:var(--card);color:inherit;font:inherit;
  font-size:17px;font-weight:550;text-align:left;text-decoration:none;cursor:pointer;transition:border-color .15s,
  background .15s}
.choice span{flex:1;overflow-wrap:anywhere}
.choice .go{color:var(--soft)}
.choice:hover{border-color:var(--accent);background:var(--tint)}
.panel>.choices.one .choice,.button{border-color:transparent;background:var(--accent);
  color:var(--on-accent)}
.panel>.choices.one .choice:hover,.button:hover{filter:brightness(1.07)}
.panel>.choices.one .choice .go{color:inherit}
.button{display:block;width:100%;margin-top:22px;padding:15px 18px;border:1px solid transparent;
  border-radius:14px;font:inherit;font-weight:600;text-align:center;text-decoration:none;
  cursor:pointer}
.button.quiet{background:none;border-color:var(--line);color:var(--ink)}
.button.quiet:hover{border-color:var(--accent);filter:none}
:focus-visible{outline:3px solid color-mix(in srgb,var(--accent) 55%,transparent);
  outline-offset:2px}
form.busy{pointer-events:none;opacity:.55}
.others{margin-top:28px;padding-top:22px;border-top:1px solid var(--line)}
.others .choices{margin-top:12px}
.others .choice{min-height:56px;padding:9px 14px;font-size:15px}
.others .logo{width:32px;height:32px}
.logo{width:40px;height:40px;flex:none}
.logo path{fill:none;stroke:#fff;stroke-width:2.2;stroke-linecap:round;stroke-linejoin:round}
.logo.wechat rect{fill:#07c160}.logo.wechat path{fill:#fff;stroke:#07c160;stroke-width:1}
.logo.alipay rect{fill:#1677ff}.logo.alipay path{stroke-width:2.8}
.logo.paypal rect{fill:#003087}.logo.paypal path{fill:#fff;stroke:none}
.logo.card rect{fill:#566073}
.code{width:max-content;max-width:100%;margin:20px auto 0;padding:2px 2px 14px;border-radius:20px;
  background:#fff;border:1px solid var(--line);box-shadow:var(--shadow);text-align:center}
.code img{display:block;height:auto;max-width:100%;image-rendering:pixelated;border-radius:18px}
.code figcaption{display:flex;align-items:center;justify-content:center;gap:8px;margin-top:-2px;
  color:#15181e;font-size:14px;font-weight:550}
.code .logo{width:22px;height:22px}
.code+.hint{margin-top:20px}
.waiting{display:flex;align-items:center;justify-content:center;gap:9px;margin-top:12px;
  font-size:13px;color:var(--soft)}
.waiting i{width:8px;height:8px;border-radius:50%;background:var(--good);
  animation:pulse 1.8s ease-in-out infinite}
.notice{padding:6px 0;text-align:center}
.notice .logo{width:56px;height:56px}
.notice h2{margin-top:14px;font-size:22px}
.mark{width:76px;height:76px;fill:none;stroke-width:4;stroke-linecap:round;stroke-linejoin:round}
.mark.good circle{fill:var(--good);stroke:none}
.mark.good{animation:pop .45s cubic-bezier(.2,1.6,.4,1)}
.mark.good path{stroke:#fff;stroke-width:5}
.mark.bad{stroke:var(--bad)}.mark.calm{stroke:var(--soft)}
.mark.bad circle,.mark.calm circle{stroke-width:2.5;opacity:.45}
.spin circle{opacity:.2}.spin path{transform-origin:32px 32px;animation:turn 1s linear infinite}
.details{padding:18px 24px 22px;border-top:1px solid var(--line);font-size:14px;color:var(--soft)}
.items{list-style:none;display:grid;gap:10px;max-height:264px;overflow:auto;padding-bottom:14px}
.items li{display:flex;gap:12px;align-items:baseline;color:var(--ink)}
.items span{flex:1;overflow-wrap:anywhere}
.items small{color:var(--soft);font-size:13px;white-space:nowrap}
.items data{font-variant-numeric:tabular-nums;white-space:nowrap}
.facts div{display:flex;justify-content:space-between;gap:16px}
.facts dd{font-variant-numeric:tabular-nums;overflow-wrap:anywhere;text-align:right}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@keyframes pulse{50%{opacity:.25;transform:scale(.8)}}
@keyframes pop{from{transform:scale(.6)}}
@keyframes turn{to{transform:rotate(1turn)}}
@media(prefers-reduced-motion:reduce){*{animation:none!important;transition:none!important}}
@media(min-width:520px){body{padding-bottom:40px}main{border:0;border-radius:24px;
  box-shadow:var(--shadow)}
  .top{max-width:460px;padding:32px 6px 16px}}
@media(min-width:860px){
  .top{max-width:880px;padding-top:56px}
  main{max-width:880px;min-height:480px;display:grid;
  grid-template:auto 1fr/minmax(0,5fr) minmax(0,6fr)}
  .head{grid-area:1/1;text-align:left;padding:40px 36px 26px;border:0}
  .details{grid-area:2/1;padding:4px 36px 36px;border:0;background:var(--tint)}
  .details .items{border-top:1px solid var(--line);padding-top:18px}
  .panel{grid-area:1/2/3;padding:40px 44px;align-self:center;min-width:0}
  .head h1{font-size:18px;color:var(--ink);font-weight:600}
  main.plain{max-width:520px;min-height:0;display:block}
  .top.plain{max-width:520px}
}
)css";

}  // namespace tollgate::console
