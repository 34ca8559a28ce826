/** The report's looks: system fonts, light and dark, screen and paper. States have one colour each, everywhere. */
export const STYLE_SHEET = `
:root{color-scheme:light dark;--ink:#1c2429;--soft:#5b6870;--line:#dde3e6;--paper:#f4f6f6;--card:#fff;--accent:#2f5d62;
--completed:#12807a;--failed:#cf3040;--invalid:#d98200;--skipped:#8a949b;--cancelled:#b3bbc0;--pending:#6b5fc7;
--ground:#f3f1ea;--grid:#0000001f;--halo:#fff;--water:#7fb9e3;--water-line:#3f83b8;--shed:#9a7b4f;--area:#7d9471;--bar:#3f8f96}
@media (prefers-color-scheme:dark){:root{--ink:#e6ebed;--soft:#9aa8af;--line:#2f3a40;--paper:#12181b;--card:#1a2226;--accent:#7fc4c6;
--completed:#3fb8ad;--failed:#f0616d;--invalid:#f2a63a;--skipped:#87939a;--cancelled:#5f6a70;--pending:#9c92f0;
--ground:#20292c;--grid:#ffffff1f;--halo:#10171a;--water:#2e6f9e;--water-line:#6db3e2;--shed:#c2a06c;--area:#7d9471;--bar:#4aa0a6}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Helvetica Neue",sans-serif;overflow-wrap:anywhere}
main{max-width:1080px;margin:0 auto;padding:40px 24px 56px}
header{margin-bottom:28px}
h1{font-size:30px;line-height:1.2;margin:4px 0 6px;font-weight:650;letter-spacing:-.01em}
h2{font-size:17px;margin:0 0 12px;font-weight:650}
h3{font-size:14.5px;margin:22px 0 10px;font-weight:600}h2+h3,.about+h3{margin-top:0}
h2.quiet{position:absolute;clip-path:inset(50%);width:1px;height:1px;overflow:hidden}
code{font:.88em ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.kicker,.when,.lead{margin:0;color:var(--soft)}.lead{font-size:17px}.lead strong{color:var(--ink);font-weight:600}
.pill{display:inline-block;border:1px solid currentColor;border-radius:99px;padding:0 10px;font-size:12px;margin-left:6px;color:var(--accent)}
section{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:22px 24px;margin:0 0 18px;min-width:0}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(120px,1fr));gap:12px;list-style:none;margin:0 0 18px;padding:0}
.card{border-left:3px solid var(--c,var(--line));padding:2px 0 2px 12px;display:flex;flex-direction:column}
.card b{font-size:28px;line-height:1.15;font-weight:650;font-variant-numeric:tabular-nums}
.card span{color:var(--soft)}.card small{color:var(--soft);font-variant-numeric:tabular-nums}.card.total{--c:var(--ink)}
.completed{--c:var(--completed)}.failed{--c:var(--failed)}.invalid{--c:var(--invalid)}.skipped{--c:var(--skipped)}.cancelled{--c:var(--cancelled)}.pending,.processing{--c:var(--pending)}
.stack{display:flex;gap:2px;height:14px;border-radius:7px;overflow:hidden;background:var(--line)}
.stack span{background:var(--c);flex-basis:0;min-width:4px}
figure{margin:0;position:relative}
figcaption{color:var(--soft);font-size:13.5px;margin-top:10px}
svg{display:block;width:100%;height:auto}
.map>svg{border-radius:8px;touch-action:pan-x pan-y;outline:none;--z:1;--m:1;user-select:none}
.map>svg:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.map>svg.zoomed{touch-action:none;cursor:grab}.map>svg.zoomed:active{cursor:grabbing}
.ground{fill:var(--ground)}.frame{fill:none;stroke:var(--line)}
.grid{fill:none;stroke:var(--grid);stroke-width:1;vector-effect:non-scaling-stroke}
.layer path{vector-effect:non-scaling-stroke;fill-rule:evenodd}
.water path{fill:var(--water);fill-opacity:.75;stroke:var(--water-line);stroke-width:1.2}
.watershed path{fill:var(--shed);fill-opacity:.07;stroke:var(--shed);stroke-width:1.3;stroke-opacity:.8}
.area path{fill:var(--area);fill-opacity:.25;stroke:var(--area);stroke-width:1}
.drawn path,.drawn circle{vector-effect:non-scaling-stroke}
.drawn .polygon{fill:currentColor;fill-opacity:var(--fill,.35);stroke:currentColor;fill-rule:evenodd;stroke-linejoin:round}
.drawn .line{fill:none;stroke:currentColor;stroke-linecap:round;stroke-linejoin:round}
.drawn .spot{fill:currentColor;stroke:var(--halo);stroke-width:1.4}
.view .spot{transform:scale(calc(var(--m)/var(--z)))}
.view .drawn :hover{stroke:var(--ink)}
.sharp{image-rendering:pixelated}
.snap,.snap-end{fill:none;stroke:var(--ink);vector-effect:non-scaling-stroke}
.snap{stroke-width:1.2;stroke-opacity:.7}.snap-end{stroke:var(--water-line);stroke-width:5;stroke-linecap:round}
.mark{fill:var(--c);stroke:var(--halo);stroke-width:1.4}
.view .mark{transform:scale(calc(var(--m)/var(--z)))}
.mark:hover{stroke:var(--ink)}
text{fill:var(--soft);font:13px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
.map text{paint-order:stroke;stroke:var(--ground);stroke-width:3px;stroke-linejoin:round}
.scale path,.scale-bar{fill:none;stroke:var(--ink);stroke-width:2}.scale .scale-halo{stroke:var(--ground);stroke-width:6}
.scale text,.north text{fill:var(--ink);font-size:14px;font-weight:600}.north path{fill:var(--ink);stroke:var(--ground);stroke-width:1}
.map-tools{position:absolute;top:10px;right:10px;display:flex;flex-direction:column;gap:4px;z-index:1}.map-tools[hidden]{display:none}
.map-tools button{width:32px;height:32px;border:1px solid var(--line);border-radius:7px;background:var(--card);color:var(--ink);font:18px/1 system-ui,sans-serif;cursor:pointer}
.map-tools button:hover{border-color:var(--soft)}
.legend{display:flex;flex-wrap:wrap;gap:6px 18px;list-style:none;margin:0;padding:0}
.legend li{display:flex;align-items:center;gap:6px}.legend svg{width:18px;height:18px;flex:none}
.keys,.classes{list-style:none;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:8px 22px}.classes{gap:3px 14px;margin:3px 0 0 4px}
.keys>li{min-width:0}.keys label+label{margin-left:12px}.keys .spot{stroke:var(--soft);stroke-width:.8}.keys label{display:inline-flex;align-items:center;gap:6px;color:var(--ink)}.keys input{margin:0;accent-color:var(--accent)}
.classes li{display:flex;align-items:center;gap:5px}.keys svg{width:18px;height:18px;flex:none}
.gradient{display:flex;align-items:center;gap:7px;margin-top:3px}.gradient i{width:140px;height:11px;border-radius:3px}
.series{fill:none;stroke-width:2;stroke-linejoin:round;vector-effect:non-scaling-stroke}.dots{fill:none;stroke-width:6;stroke-linecap:round;vector-effect:non-scaling-stroke}
.columns rect{fill:transparent}.columns rect:hover{fill:var(--grid)}.unit{font-weight:600}
.about{margin:-4px 0 14px;color:var(--soft)}
.bar{fill:var(--bar)}.bar:hover{fill:var(--accent)}.axis{stroke:var(--soft)}.median{stroke:var(--failed);stroke-width:1.6;stroke-dasharray:5 3}
.median-key{display:inline-block;width:14px;border-top:2px dashed var(--failed);vertical-align:middle}
.scroll{overflow-x:auto;overflow-wrap:break-word}
table{border-collapse:collapse;width:100%;font-size:14px}
th{text-align:left;color:var(--soft);font-weight:500;font-size:12.5px;padding:0 14px 6px 0;white-space:nowrap}
td{border-top:1px solid var(--line);padding:8px 14px 8px 0;vertical-align:top}
td:last-child,th:last-child{padding-right:0}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td code{white-space:nowrap}
.faint,.hint,.note{color:var(--soft)}.hint,.note{font-size:13.5px}.note{margin:10px 0 0}
.sample{display:inline-block;margin-right:14px}
.dot{display:inline-block;width:9px;height:9px;border-radius:50%;background:var(--c);margin-right:7px}
details{margin-top:16px}summary{cursor:pointer;color:var(--accent);font-weight:500}details[open] summary{margin-bottom:10px}
.pair{display:grid;grid-template-columns:1fr 1fr;gap:18px}
dl{display:grid;grid-template-columns:max-content 1fr;gap:6px 18px;margin:0}dt{color:var(--soft)}dd{margin:0}
footer{color:var(--soft);font-size:12.5px;text-align:center;margin-top:26px}
@media (max-width:720px){main{padding:24px 14px 40px}h1{font-size:24px}section{padding:18px 16px}.pair{grid-template-columns:1fr;gap:0}
.cards{grid-template-columns:repeat(auto-fit,minmax(90px,1fr))}.card b{font-size:23px}
.map>svg{--m:1.9}text{font-size:24px}.scale text,.north text{font-size:26px}.map text{stroke-width:5px}.snap-end{stroke-width:4}
.chart .tick:nth-of-type(odd){font-size:22px}.chart .often{display:none}.scroll table{min-width:540px}dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:8px}}
@page{margin:14mm}
@media print{:root{--ink:#111;--soft:#555;--line:#ccc;--paper:#fff;--card:#fff;--accent:#2f5d62;--completed:#12807a;--failed:#cf3040;--invalid:#d98200;--skipped:#8a949b;
--ground:#f7f6f1;--grid:#0000001f;--halo:#fff;--water:#7fb9e3;--water-line:#3f83b8;--shed:#9a7b4f;--bar:#3f8f96}
body{font-size:12px;print-color-adjust:exact;-webkit-print-color-adjust:exact}main{max-width:none;padding:0}section{border:0;padding:0;margin-bottom:16px}figure,.cards,tr{break-inside:avoid}h2{break-after:avoid}.map-tools{display:none}.map>svg{max-height:18cm}}
`;
